# MLFN with hard pentaplet loss alone.
_base_ = '../hpiln_mlfn_sysu.py'

model = dict(heads=dict(identity=None))
