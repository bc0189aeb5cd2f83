# Table 3, row 3: L_B and affinity modeling.
_base_ = '../df2am_r50_sysu.py'

model = dict(
    neck=dict(_delete_=True, type='GlobalBNNeck', in_channels=2048),
    heads=dict(identity=dict(loss_weights=dict(fused=None))),
    test_cfg=dict(feature='bn'),
)
