# Table III, s1: the baseline network, stem per modality.
_base_ = './hctri_r50_baseline_regdb.py'

model = dict(backbone=dict(split=1))
