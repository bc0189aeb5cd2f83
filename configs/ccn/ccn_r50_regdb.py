_base_ = [
    '../_base_/models/ccn_r50.py',
    '../_base_/datasets/regdb_pairs.py',
    '../_base_/schedules/sgd_60e.py',
    '../_base_/default_runtime.py',
]

model = dict(heads=dict(identity=dict(num_classes=206)))
