# Table 1: EAT loss, neither non-local attention nor CMKD loss.
_base_ = './lccrf_r50_eat-nl_sysu.py'

model = dict(backbone=dict(non_local=None))
