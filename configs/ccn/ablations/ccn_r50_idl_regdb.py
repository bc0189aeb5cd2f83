# Table I, IDL: identity loss alone, scored by cosine.
_base_ = '../ccn_r50_regdb.py'

model = dict(heads=dict(identity=dict(loss_weights=dict(pooled=1.0)), contrast=None))
test_evaluator = dict(distance=dict(_delete_=True, type='CosineDistance'))
