# MLFN with identity loss alone.
_base_ = '../hpiln_mlfn_sysu.py'

model = dict(heads=dict(pentaplet=None))
