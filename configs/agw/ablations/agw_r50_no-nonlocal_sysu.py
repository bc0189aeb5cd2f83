# AGW on SYSU-MM01 without non-local blocks.
_base_ = '../agw_r50_sysu.py'

model = dict(backbone=dict(non_local=None))
