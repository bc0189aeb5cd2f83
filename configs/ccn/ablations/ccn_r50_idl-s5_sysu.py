# Table III: identity loss alone; no stage is shared.
_base_ = '../ccn_r50_sysu.py'

model = dict(
    backbone=dict(split=5),
    heads=dict(identity=dict(loss_weights=dict(pooled=1.0)), contrast=None),
)
test_evaluator = dict(distance=dict(_delete_=True, type='CosineDistance'))
