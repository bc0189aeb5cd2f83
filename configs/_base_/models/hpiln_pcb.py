# PCB: six strips, last stride 1; the embedding is the pooled strips, the classifiers read them reduced to 256.
_base_ = './hpiln.py'

model = dict(
    backbone=dict(
        type='OneStreamBackbone',
        backbone=dict(type='mmpretrain.ResNet', depth=50, strides=(1, 2, 2, 1)),
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='PCBNeck', in_channels=2048, num_parts=6, out_channels=256, dropout=0.5),
    heads=dict(identity=dict(in_channels=dict(parts=256), num_parts=dict(parts=6))),
)
