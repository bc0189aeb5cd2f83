# Table III: CCN without the identity loss; all stages are shared.
_base_ = '../ccn_r50_sysu.py'

model = dict(backbone=dict(split=0), heads=dict(identity=None))
