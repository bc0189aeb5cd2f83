# Table VII: baseline network with hetero-center triplet loss.
_base_ = './hctri_r50_baseline_regdb.py'

model = dict(
    heads=dict(
        triplet=None,
        hc_triplet=dict(type='HeteroCenterTripletHead', loss_weights=dict(pooled=2.0), margin=0.3),
    )
)
