# BFE: a global branch, and one that learns with a box erased from the whole batch and is the embedding; last stride 1.
_base_ = './hpiln.py'

model = dict(
    backbone=dict(
        type='OneStreamBackbone',
        backbone=dict(type='mmpretrain.ResNet', depth=50, strides=(1, 2, 2, 1)),
        pretrained='torchvision://resnet50',
    ),
    neck=dict(
        type='BFENeck',
        in_channels=2048,
        global_channels=512,
        erased_channels=1024,
        height_ratio=0.33,
        width_ratio=1.0,
    ),
    heads=dict(identity=dict(in_channels=dict(reduced=512, erased=1024))),
)
