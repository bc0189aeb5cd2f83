# Table 1 on synthetic data, baseline: identity loss alone, without non-local blocks.
_base_ = '../lccrf_r18_synthetic.py'

model = dict(
    backbone=dict(out_indices=(3,), non_local=None),
    neck=dict(maps=None),
    heads=dict(angular=None, distillation=None),
)
