# HPILN: weights shared by both modalities; hard pentaplet and identity loss (Eqs. 5-9), the same with every network.
model = dict(
    type='CrossModalityReID',
    data_preprocessor=dict(type='ReIDDataPreprocessor', channels_last=True),
    heads=dict(
        # A network says which of its features have a classifier, and how long they are.
        identity=dict(type='BranchIDHead', num_classes=395),
        pentaplet=dict(type='HardPentapletHead', loss_weights=dict(embedding=1.0), margin=0.3),
    ),
    test_cfg=dict(feature='embedding', normalize=False),
)
