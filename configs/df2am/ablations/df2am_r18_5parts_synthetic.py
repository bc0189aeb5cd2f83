# Synthetic data: DF2AM with 5 parts.
_base_ = '../df2am_r18_synthetic.py'

model = dict(neck=dict(num_parts=5))
