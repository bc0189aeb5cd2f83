# Res-Mid: all blocks of layer4 make the embedding, 1024 + 2048.
_base_ = './hpiln.py'

model = dict(
    backbone=dict(
        type='OneStreamBackbone',
        backbone=dict(type='ResNetMid', depth=50),
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='ResMidNeck', in_channels=2048, num_mid=2, mid_channels=1024),
    heads=dict(identity=dict(in_channels=dict(embedding=1024 + 2048))),
)
