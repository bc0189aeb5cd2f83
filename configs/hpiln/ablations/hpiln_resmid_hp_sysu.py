# Res-Mid with hard pentaplet loss alone.
_base_ = '../hpiln_resmid_sysu.py'

model = dict(heads=dict(identity=None))
