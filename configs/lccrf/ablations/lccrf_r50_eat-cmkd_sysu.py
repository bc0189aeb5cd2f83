# Table 1: EAT and CMKD losses without non-local blocks.
_base_ = '../lccrf_r50_sysu.py'

model = dict(backbone=dict(non_local=None))
