# AGW on a small network, from scratch, on the synthetic data (preset 'small').
_base_ = [
    '../_base_/models/agw_r18_small.py',
    '../_base_/datasets/synthetic_sysu.py',
    '../_base_/schedules/adamw_9e.py',
    '../_base_/default_runtime.py',
]

model = dict(heads=dict(identity=dict(num_classes=320)))
