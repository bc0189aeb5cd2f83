# MGN: three branches of one trunk; their global features and strips, eight times 256.
_base_ = './hpiln.py'

model = dict(
    backbone=dict(
        type='OneStreamBackbone',
        backbone=dict(type='MGN', resnet=dict(type='mmpretrain.ResNet', depth=50)),
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='MGNNeck', in_channels=2048, out_channels=256),
    # A classifier for each branch's global feature and for each of the 2 + 3 strips.
    heads=dict(identity=dict(in_channels=dict(pooled=2048, parts=256), num_parts=dict(pooled=3, parts=5))),
)
