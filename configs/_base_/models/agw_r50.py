# AGW: one stem per modality, non-local blocks, last stride 1, GeM, BN neck, weighted regularized triplet loss.
model = dict(
    type='CrossModalityReID',
    data_preprocessor=dict(type='ReIDDataPreprocessor', channels_last=True),
    backbone=dict(
        type='TwoStreamResNet',
        resnet=dict(type='mmpretrain.ResNet', depth=50, strides=(1, 2, 2, 1)),
        split=1,
        non_local=dict(layer2=2, layer3=3),
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='GlobalBNNeck', in_channels=2048, pooling='gem', p=3.0),
    heads=dict(
        identity=dict(type='IDHead', num_classes=395, in_channels=2048, loss_weights=dict(bn=1.0)),
        triplet=dict(type='WeightedRegularizedTripletHead', loss_weights=dict(pooled=1.0)),
    ),
    test_cfg=dict(feature='bn'),
)
