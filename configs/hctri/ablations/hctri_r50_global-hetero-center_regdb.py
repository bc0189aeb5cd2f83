# Table VII: baseline network with hetero-center loss (Eq. 7).
_base_ = './hctri_r50_baseline_regdb.py'

model = dict(
    heads=dict(triplet=None, hetero_center=dict(type='HeteroCenterHead', loss_weights=dict(pooled=2.0))),
)
