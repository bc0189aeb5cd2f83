# Table 1 on synthetic data: EAT loss and non-local blocks without CMKD loss.
_base_ = '../lccrf_r18_synthetic.py'

model = dict(backbone=dict(out_indices=(3,)), neck=dict(maps=None), heads=dict(distillation=None))
