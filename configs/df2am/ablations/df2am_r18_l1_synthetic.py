# Synthetic data: affinity modeling by the L1 error (Eq. 11).
_base_ = '../df2am_r18_synthetic.py'

model = dict(heads=dict(affinity=dict(_delete_=True, type='AffinityL1Head', loss_weights=dict(pooled=1.5), delta=1.0)))
