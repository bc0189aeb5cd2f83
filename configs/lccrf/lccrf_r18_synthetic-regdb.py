# LCCRF on a small network, from scratch, on the synthetic data in RegDB's layout (preset 'small').
_base_ = [
    '../_base_/models/lccrf_r18_small.py',
    '../_base_/datasets/synthetic_regdb_tuples.py',
    '../_base_/schedules/adamw_3000i.py',
    '../_base_/iteration_runtime.py',
]

model = dict(heads=dict(identity=dict(num_classes=200)))
