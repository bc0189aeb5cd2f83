# HcTri's baseline network (Fig. 6): GeM, batch-hard triplet loss, BN neck and identity loss, without strips.
model = dict(
    type='CrossModalityReID',
    data_preprocessor=dict(type='ReIDDataPreprocessor', channels_last=True),
    backbone=dict(
        type='TwoStreamResNet',
        resnet=dict(type='mmpretrain.ResNet', depth=50, strides=(1, 2, 2, 1)),
        split=2,
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='GlobalBNNeck', in_channels=2048, pooling='gem', p=3.0),
    heads=dict(
        identity=dict(type='IDHead', num_classes=395, in_channels=2048, loss_weights=dict(bn=1.0)),
        triplet=dict(type='TripletHead', loss_weights=dict(pooled=1.0), margin=0.3),
    ),
    test_cfg=dict(feature='bn'),
)
