# Res-Mid: all three blocks of layer4 form the embedding, 1024 + 2048.
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
        backbone=dict(type='ResNetMid', depth=50),
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='ResMidNeck', in_channels=2048, num_mid=2, mid_channels=1024),
    heads=dict(identity=dict(in_channels=dict(embedding=1024 + 2048))),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
