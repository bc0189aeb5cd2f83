# Table 1, baseline: identity loss alone, without non-local attention.
_base_ = './lccrf_r50_eat_sysu.py'

model = dict(heads=dict(angular=None))
