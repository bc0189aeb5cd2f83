# BFE with identity loss alone.
_base_ = '../hpiln_bfe_sysu.py'

model = dict(heads=dict(pentaplet=None))
