# HcTri on a ResNet-18 of half the width, from scratch; four strips, because the map of a 128x64 image has eight rows.
_base_ = './hctri_r50.py'

model = dict(
    backbone=dict(resnet=dict(depth=18, stem_channels=32, base_channels=32), pretrained=None),
    neck=dict(in_channels=256, num_parts=4, out_channels=128),
    heads=dict(identity=dict(in_channels=128, num_parts=4)),
)
