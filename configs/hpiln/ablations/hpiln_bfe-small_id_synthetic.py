# BFE on synthetic data (preset 'small') with identity loss alone.
_base_ = '../hpiln_bfe-small_synthetic.py'

model = dict(heads=dict(pentaplet=None))
