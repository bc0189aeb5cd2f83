# DF2AM on a small network, from scratch, on the synthetic data in RegDB's layout (preset 'small').
_base_ = [
    '../_base_/models/df2am_r18_small.py',
    '../_base_/datasets/synthetic_regdb.py',
    '../_base_/schedules/adamw_45e.py',
    '../_base_/default_runtime.py',
]

model = dict(heads=dict(identity=dict(num_classes=200)))
