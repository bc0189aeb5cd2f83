# DF2AM on a ResNet-18 of half the width, from scratch: what learns in minutes on two cores.
_base_ = './df2am_r50.py'

model = dict(
    backbone=dict(resnet=dict(depth=18, stem_channels=32, base_channels=32), pretrained=None),
    neck=dict(in_channels=256),
    heads=dict(identity=dict(in_channels=256)),
)
