_base_ = [
    '../_base_/models/df2am_r50.py',
    '../_base_/datasets/regdb.py',
    '../_base_/schedules/sgd_80e.py',
    '../_base_/default_runtime.py',
]

model = dict(heads=dict(identity=dict(num_classes=206)))
