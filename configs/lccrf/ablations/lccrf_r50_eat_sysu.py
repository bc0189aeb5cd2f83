# Table 1: EAT loss without non-local blocks and CMKD loss.
_base_ = '../lccrf_r50_sysu.py'

model = dict(
    backbone=dict(out_indices=(3,), non_local=None),
    neck=dict(maps=None),
    heads=dict(distillation=None),
)
