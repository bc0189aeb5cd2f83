_base_ = [
    '../_base_/models/agw_r50.py',
    '../_base_/datasets/regdb_288x144.py',
    '../_base_/schedules/nesterov_80e.py',
    '../_base_/default_runtime.py',
]

model = dict(heads=dict(identity=dict(num_classes=206)))
