# Table VII: identity loss with lambda = 0.05.
_base_ = '../ccn_r50_regdb.py'

model = dict(heads=dict(identity=dict(loss_weights=dict(pooled=0.05))))
