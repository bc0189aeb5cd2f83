# Table III, s1: stem per modality.
_base_ = './hctri_r50_baseline_sysu.py'

model = dict(backbone=dict(split=1))
