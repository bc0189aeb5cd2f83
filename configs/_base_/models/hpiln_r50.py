# A plain ResNet-50, averaged.
_base_ = './hpiln.py'

model = dict(
    backbone=dict(
        type='OneStreamBackbone',
        backbone=dict(type='mmpretrain.ResNet', depth=50),
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='GlobalPoolingNeck', feature='embedding'),
    heads=dict(identity=dict(in_channels=dict(embedding=2048))),
)
