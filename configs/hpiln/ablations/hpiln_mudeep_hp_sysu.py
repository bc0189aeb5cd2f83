# MuDeep with hard pentaplet loss alone.
_base_ = '../hpiln_mudeep_sysu.py'

model = dict(heads=dict(identity=None))
