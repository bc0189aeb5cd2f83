# ResNet-50 with global average pooling.
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
        backbone=dict(type='mmpretrain.ResNet', depth=50),
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='GlobalPoolingNeck', feature='embedding'),
    heads=dict(identity=dict(in_channels=dict(embedding=2048))),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
