# Table III: identity loss alone; stage 4 is shared.
_base_ = '../ccn_r50_sysu.py'

model = dict(
    backbone=dict(split=4),
    heads=dict(identity=dict(loss_weights=dict(pooled=1.0)), contrast=None),
)
test_evaluator = dict(distance=dict(_delete_=True, type='CosineDistance'))
