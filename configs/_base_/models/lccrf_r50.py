# LCCRF: stem and layer1 per modality, non-local blocks with one inner channel, last stride 1, GeM, BN neck.
# The losses are identity, enumerate angular triplet and cross-modality distillation of layer1 maps (Eq. 21).
model = dict(
    type='CrossModalityReID',
    data_preprocessor=dict(type='ReIDDataPreprocessor', channels_last=True),
    backbone=dict(
        type='TwoStreamResNet',
        resnet=dict(type='mmpretrain.ResNet', depth=50, strides=(1, 2, 2, 1)),
        split=2,
        out_indices=(0, 3),
        non_local=dict(layer2=2, layer3=3),
        non_local_reduction=1024,
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='GlobalBNNeck', in_channels=2048, pooling='gem', p=3.0, maps=dict(specific=0)),
    heads=dict(
        identity=dict(
            type='IDHead',
            num_classes=395,
            in_channels=2048,
            loss_weights=dict(bn=1.0),
            label_smoothing=0.1,
            within_modality=True,
            role='anchor',
        ),
        angular=dict(
            type='EnumerateAngularTripletHead',
            loss_weights=dict(bn=1.0),
            terms='all',
            exp='inside',
            clamp_pos=False,
            margin=1.0,
        ),
        distillation=dict(
            type='CrossModalityDistillationHead', loss_weights=dict(specific=1.0), level='map', reduction='mean'
        ),
    ),
    test_cfg=dict(feature='bn', normalize=False),
)
