# CCN on a small network, from scratch, on the synthetic data in RegDB's layout (preset 'small').
_base_ = [
    '../_base_/models/ccn_r18_small.py',
    '../_base_/datasets/synthetic_regdb_pairs.py',
    '../_base_/schedules/adamw_45e.py',
    '../_base_/default_runtime.py',
]

model = dict(heads=dict(identity=dict(num_classes=200)))
