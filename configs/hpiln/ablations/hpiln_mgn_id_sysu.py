# MGN with identity loss alone.
_base_ = '../hpiln_mgn_sysu.py'

model = dict(heads=dict(pentaplet=None))
