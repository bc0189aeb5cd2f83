_base_ = [
    '../_base_/models/hctri_r50.py',
    '../_base_/datasets/regdb_288x144.py',
    '../_base_/schedules/nesterov_61e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    neck=dict(p=10.0),
    heads=dict(
        identity=dict(num_classes=206, label_smoothing=0.1),
        hc_triplet=dict(loss_weights=dict(parts=2.0)),
    ),
)
