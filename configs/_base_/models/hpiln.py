# HPILN: hard pentaplet and identity loss (Eqs. 5-9). A leaf adds the network: backbone, neck, and the features that
# the identity classifiers read.
model = dict(
    type='CrossModalityReID',
    data_preprocessor=dict(type='ReIDDataPreprocessor', channels_last=True),
    heads=dict(
        identity=dict(type='BranchIDHead', num_classes=395),
        pentaplet=dict(type='HardPentapletHead', loss_weights=dict(embedding=1.0), margin=0.3),
    ),
    test_cfg=dict(feature='embedding', normalize=False),
)
