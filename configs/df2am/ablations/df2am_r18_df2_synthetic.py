# Synthetic data: L_B and dual-level feature fusion.
_base_ = '../df2am_r18_synthetic.py'

model = dict(heads=dict(affinity=None))
