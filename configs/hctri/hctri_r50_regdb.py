# HcTri on RegDB: the paper's settings, lambda = 2.0.
_base_ = [
    '../_base_/models/hctri_r50.py',
    '../_base_/datasets/regdb.py',
    '../_base_/pipelines/crop_288x144.py',
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
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
