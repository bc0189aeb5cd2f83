# Table 3, row 1: L_B alone.
_base_ = './df2am_r50_am_sysu.py'

model = dict(heads=dict(affinity=None))
