# MuDeep: multi-scale layers, a map of 256x16x8; no network of ImageNet has its layers.
_base_ = './hpiln.py'

model = dict(
    backbone=dict(type='OneStreamBackbone', backbone=dict(type='MuDeep')),
    neck=dict(type='FlattenNeck', in_channels=256 * 16 * 8, out_channels=4096),
    heads=dict(identity=dict(in_channels=dict(embedding=4096))),
)
