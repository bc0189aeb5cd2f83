# Table 3, row 1: L_B alone.
_base_ = '../df2am_r50_sysu.py'

model = dict(
    neck=dict(_delete_=True, type='GlobalBNNeck', in_channels=2048),
    heads=dict(identity=dict(loss_weights=dict(fused=None)), affinity=None),
    test_cfg=dict(feature='bn'),
)
