# Table III: CCN without the identity loss; stages 2-4 are shared.
_base_ = '../ccn_r50_sysu.py'

model = dict(backbone=dict(split=2), heads=dict(identity=None))
