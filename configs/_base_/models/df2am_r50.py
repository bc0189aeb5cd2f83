# DF2AM: one stem per modality, layer1-4 shared, last stride 1, dual-level feature fusion, three losses (Eq. 4).
model = dict(
    type='CrossModalityReID',
    data_preprocessor=dict(type='ReIDDataPreprocessor', channels_last=True),
    backbone=dict(
        type='TwoStreamResNet',
        resnet=dict(type='mmpretrain.ResNet', depth=50, strides=(1, 2, 2, 1)),
        split=1,
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='DualLevelFusionNeck', in_channels=2048, num_parts=4),
    heads=dict(
        # Cross-entropy of L_B on BN(g), and of L_D on the fused feature with weight lambda = 1.1.
        identity=dict(
            type='IDHead',
            num_classes=395,
            in_channels=2048,
            loss_weights=dict(bn=1.0, fused=1.1),
            within_modality=True,
        ),
        triplet=dict(type='TripletHead', loss_weights=dict(pooled=1.0), margin=0.3, within_modality=True),
        # L_A has weight zeta = 1.5.
        affinity=dict(type='AffinityHead', loss_weights=dict(pooled=1.5), margin=1.0),
    ),
    test_cfg=dict(feature='fused'),
)
