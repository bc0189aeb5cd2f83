# Table III, s4: the baseline network, stem to layer3 per modality.
_base_ = './hctri_r50_baseline_sysu.py'

model = dict(backbone=dict(split=4))
