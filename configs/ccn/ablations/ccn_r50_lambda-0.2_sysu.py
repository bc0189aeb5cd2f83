# Table VII: identity loss with lambda = 0.2.
_base_ = '../ccn_r50_sysu.py'

model = dict(heads=dict(identity=dict(loss_weights=dict(pooled=0.2))))
