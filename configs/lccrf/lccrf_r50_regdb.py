_base_ = [
    '../_base_/models/lccrf_r50.py',
    '../_base_/datasets/regdb_tuples.py',
    '../_base_/schedules/adam_30k.py',
    '../_base_/iteration_runtime.py',
]

model = dict(heads=dict(identity=dict(num_classes=206)))
