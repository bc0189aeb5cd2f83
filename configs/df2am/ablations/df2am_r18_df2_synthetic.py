# L_B and dual-level feature fusion, on the synthetic data.
_base_ = '../df2am_r18_synthetic.py'

model = dict(heads=dict(affinity=None))
