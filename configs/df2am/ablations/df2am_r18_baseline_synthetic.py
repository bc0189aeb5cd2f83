# L_B alone, on the synthetic data.
_base_ = './df2am_r18_am_synthetic.py'

model = dict(heads=dict(affinity=None))
