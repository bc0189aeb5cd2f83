# Table 1, baseline: identity loss alone, without non-local attention.
_base_ = './lccrf_r18_eat_synthetic.py'

model = dict(heads=dict(angular=None))
