# Table III, s0: the baseline network, all stages shared.
_base_ = './hctri_r50_baseline_regdb.py'

model = dict(backbone=dict(split=0))
