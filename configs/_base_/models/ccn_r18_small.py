# CCN on a ResNet-18 of half the width, from scratch. Last stride 1: the map of a 128x64 image is 8x4, as the paper's.
_base_ = './ccn_r50.py'

model = dict(
    backbone=dict(
        resnet=dict(depth=18, stem_channels=32, base_channels=32, strides=(1, 2, 2, 1)),
        pretrained=None,
    ),
    heads=dict(
        identity=dict(in_channels=256),
        contrast=dict(in_channels=256),
    ),
)
