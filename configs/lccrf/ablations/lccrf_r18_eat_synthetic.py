# Table 1: EAT loss, neither non-local attention nor CMKD loss.
_base_ = './lccrf_r18_eat-nl_synthetic.py'

model = dict(backbone=dict(non_local=None))
