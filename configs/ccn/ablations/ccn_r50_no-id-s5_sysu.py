# Table III: CCN without the identity loss; no stage is shared.
_base_ = '../ccn_r50_sysu.py'

model = dict(backbone=dict(split=5), heads=dict(identity=None))
