# Table I: CCN without the identity loss.
_base_ = '../ccn_r50_sysu.py'

model = dict(heads=dict(identity=None))
