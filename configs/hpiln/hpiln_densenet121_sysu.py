# DenseNet-121 with global average pooling.
_base_ = [
    '../_base_/models/hpiln.py',
    '../_base_/datasets/sysu_mm01.py',
    '../_base_/pipelines/zoom_224x224.py',
    '../_base_/schedules/adam_10k.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(
        type='OneStreamBackbone',
        backbone=dict(type='mmpretrain.DenseNet', arch='121'),
        pretrained='https://download.openmmlab.com/mmclassification/v0/densenet/'
        'densenet121_4xb256_in1k_20220426-07450f99.pth',
    ),
    neck=dict(type='GlobalPoolingNeck', feature='embedding'),
    heads=dict(identity=dict(in_channels=dict(embedding=1024))),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
