# Table III: identity loss alone; stages 2-4 are shared.
_base_ = '../ccn_r50_sysu.py'

model = dict(
    backbone=dict(split=2),
    heads=dict(identity=dict(loss_weights=dict(pooled=1.0)), contrast=None),
)
test_evaluator = dict(distance=dict(_delete_=True, type='CosineDistance'))
