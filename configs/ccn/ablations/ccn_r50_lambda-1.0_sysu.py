# Table VII: identity loss with lambda = 1.0.
_base_ = '../ccn_r50_sysu.py'

model = dict(heads=dict(identity=dict(loss_weights=dict(pooled=1.0))))
