# Table III, s3: the baseline network, stem to layer2 per modality.
_base_ = './hctri_r50_baseline_sysu.py'

model = dict(backbone=dict(split=3))
