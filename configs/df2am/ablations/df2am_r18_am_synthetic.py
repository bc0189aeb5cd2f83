# Synthetic data: L_B and affinity modeling.
_base_ = '../df2am_r18_synthetic.py'

model = dict(
    neck=dict(_delete_=True, type='GlobalBNNeck', in_channels=256),
    heads=dict(identity=dict(loss_weights=dict(fused=None))),
    test_cfg=dict(feature='bn'),
)
