# MLFN: in each block of a ResNeXt the image chooses among 32 groups; the last map and the choices make the embedding.
_base_ = './hpiln.py'

model = dict(
    backbone=dict(
        type='OneStreamBackbone',
        backbone=dict(type='MLFN'),
        pretrained='torchvision://resnext50_32x4d',
    ),
    neck=dict(type='MLFNNeck', in_channels=2048, num_gates=16 * 32, out_channels=1024),
    heads=dict(identity=dict(in_channels=dict(embedding=1024))),
)
