# MuDeep with identity loss alone.
_base_ = '../hpiln_mudeep_sysu.py'

model = dict(heads=dict(pentaplet=None))
