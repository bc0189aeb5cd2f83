# Table III: CCN without the identity loss; stages 1-4 are shared.
_base_ = '../ccn_r50_sysu.py'

model = dict(backbone=dict(split=1), heads=dict(identity=None))
