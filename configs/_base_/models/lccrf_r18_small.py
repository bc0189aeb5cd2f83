# LCCRF on a ResNet-18 of half the width, from scratch; non-local blocks after the last half of layer2 and of layer3.
_base_ = './lccrf_r50.py'

model = dict(
    backbone=dict(
        resnet=dict(depth=18, stem_channels=32, base_channels=32),
        non_local=dict(layer2=1, layer3=1),
        pretrained=None,
    ),
    neck=dict(in_channels=256),
    heads=dict(identity=dict(in_channels=256)),
)
