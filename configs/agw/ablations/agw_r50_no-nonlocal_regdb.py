# AGW on RegDB without non-local blocks.
_base_ = '../agw_r50_regdb.py'

model = dict(backbone=dict(non_local=None))
