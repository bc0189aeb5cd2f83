# Table 3, row 2: L_B and dual-level feature fusion.
_base_ = '../df2am_r50_sysu.py'

model = dict(heads=dict(affinity=None))
