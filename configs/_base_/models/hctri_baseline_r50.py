# HcTri's baseline network (Fig. 6): GeM, batch-hard triplet loss, BN neck, identity loss; no parts.
_base_ = './hctri_r50.py'

model = dict(
    neck=dict(_delete_=True, type='GlobalBNNeck', in_channels=2048, pooling='gem', p=3.0),
    heads=dict(
        _delete_=True,
        identity=dict(type='IDHead', num_classes=395, in_channels=2048, loss_weights=dict(bn=1.0)),
        triplet=dict(type='TripletHead', loss_weights=dict(pooled=1.0), margin=0.3),
    ),
    test_cfg=dict(feature='bn'),
)
