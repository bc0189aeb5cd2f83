# 5 parts, on the synthetic data.
_base_ = '../df2am_r18_synthetic.py'

model = dict(neck=dict(num_parts=5))
