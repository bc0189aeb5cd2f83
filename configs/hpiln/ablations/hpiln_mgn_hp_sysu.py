# MGN with hard pentaplet loss alone.
_base_ = '../hpiln_mgn_sysu.py'

model = dict(heads=dict(identity=None))
