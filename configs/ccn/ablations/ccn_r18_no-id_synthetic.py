# Table I: CCN without the identity loss.
_base_ = '../ccn_r18_synthetic.py'

model = dict(heads=dict(identity=None))
