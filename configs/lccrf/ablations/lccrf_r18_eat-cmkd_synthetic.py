# Table 1: EAT and CMKD losses, no non-local attention.
_base_ = '../lccrf_r18_synthetic.py'

model = dict(backbone=dict(non_local=None))
