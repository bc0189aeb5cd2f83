# Table 1 on synthetic data: EAT and CMKD losses without non-local blocks.
_base_ = '../lccrf_r18_synthetic.py'

model = dict(backbone=dict(non_local=None))
