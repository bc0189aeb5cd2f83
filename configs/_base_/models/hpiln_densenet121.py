# A plain DenseNet-121, averaged.
_base_ = './hpiln.py'

model = dict(
    backbone=dict(
        type='OneStreamBackbone',
        backbone=dict(type='mmpretrain.DenseNet', arch='121'),
        pretrained='https://download.openmmlab.com/mmclassification/v0/densenet/'
        'densenet121_4xb256_in1k_20220426-07450f99.pth',
    ),
    neck=dict(type='GlobalPoolingNeck', feature='embedding'),
    heads=dict(identity=dict(in_channels=dict(embedding=1024))),
)
