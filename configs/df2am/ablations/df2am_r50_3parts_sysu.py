# Table 4: DF2AM with 3 parts.
_base_ = '../df2am_r50_sysu.py'

model = dict(neck=dict(num_parts=3))
