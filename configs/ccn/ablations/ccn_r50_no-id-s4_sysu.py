# Table III: CCN without the identity loss; stage 4 is shared.
_base_ = '../ccn_r50_sysu.py'

model = dict(backbone=dict(split=4), heads=dict(identity=None))
