# Res-Mid with identity loss alone.
_base_ = '../hpiln_resmid_sysu.py'

model = dict(heads=dict(pentaplet=None))
