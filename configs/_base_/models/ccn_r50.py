# DSCSN + CCN: stem, layer1 and layer2 per modality, last stride 2. The loss is binary cross-entropy of contrastive
# correlations plus lambda = 0.1 times the identity loss (Eq. 12).
model = dict(
    type='CrossModalityReID',
    data_preprocessor=dict(type='ReIDDataPreprocessor', channels_last=True),
    backbone=dict(
        type='TwoStreamResNet',
        resnet=dict(type='mmpretrain.ResNet', depth=50, strides=(1, 2, 2, 2)),
        split=3,
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='GlobalPoolingNeck', maps=dict(map=-1)),
    heads=dict(
        identity=dict(type='IDHead', num_classes=395, in_channels=2048, loss_weights=dict(pooled=0.1)),
        contrast=dict(type='ContrastiveCorrelationHead', in_channels=2048, map_size=(8, 4)),
    ),
    test_cfg=dict(feature='pooled'),
)
