# HA-CNN: attention, a global and a local branch of four regions, 2 x 512; no network of ImageNet has its layers.
_base_ = './hpiln.py'

model = dict(
    backbone=dict(type='OneStreamBackbone', backbone=dict(type='HACNN')),
    neck=dict(type='HACNNNeck', in_channels=384, num_regions=4, out_channels=512),
    heads=dict(identity=dict(in_channels=dict(branches=512), num_parts=dict(branches=2))),
)
