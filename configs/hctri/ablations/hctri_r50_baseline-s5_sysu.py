# Table III, s5: the baseline network, no stage shared.
_base_ = './hctri_r50_baseline_sysu.py'

model = dict(backbone=dict(split=5))
