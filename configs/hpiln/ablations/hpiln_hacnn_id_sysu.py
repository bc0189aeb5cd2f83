# HA-CNN with identity loss alone.
_base_ = '../hpiln_hacnn_sysu.py'

model = dict(heads=dict(pentaplet=None))
