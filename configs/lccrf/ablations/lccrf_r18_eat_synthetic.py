# Table 1 on synthetic data: EAT loss without non-local blocks and CMKD loss.
_base_ = '../lccrf_r18_synthetic.py'

model = dict(
    backbone=dict(out_indices=(3,), non_local=None),
    neck=dict(maps=None),
    heads=dict(distillation=None),
)
