# Table III, s5: nothing shared.
_base_ = './hctri_r50_baseline_sysu.py'

model = dict(backbone=dict(split=5))
