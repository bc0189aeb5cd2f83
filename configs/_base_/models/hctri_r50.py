# HcTri: stem and layer1 per modality, last stride 1, six strips, identity and hetero-center triplet loss (Eq. 9).
model = dict(
    type='CrossModalityReID',
    data_preprocessor=dict(type='ReIDDataPreprocessor', channels_last=True),
    backbone=dict(
        type='TwoStreamResNet',
        resnet=dict(type='mmpretrain.ResNet', depth=50, strides=(1, 2, 2, 1)),
        split=2,
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='PartStripNeck', in_channels=2048, num_parts=6, out_channels=256, pooling='gem', p=3.0),
    heads=dict(
        identity=dict(
            type='IDHead', num_classes=395, in_channels=256, num_parts=6, bias=True, loss_weights=dict(parts=1.0)
        ),
        # The weight of the parts is the paper's lambda.
        hc_triplet=dict(type='HeteroCenterTripletHead', loss_weights=dict(concatenated=1.0, parts=1.0), margin=0.3),
    ),
    test_cfg=dict(feature='concatenated'),
)
