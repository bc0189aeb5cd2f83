# HA-CNN with hard pentaplet loss alone.
_base_ = '../hpiln_hacnn_sysu.py'

model = dict(heads=dict(identity=None))
