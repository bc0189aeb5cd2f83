# Table VII: six strips with hetero-center loss (Eq. 7).
_base_ = '../hctri_r50_sysu.py'

model = dict(
    heads=dict(
        hc_triplet=None,
        hetero_center=dict(type='HeteroCenterHead', loss_weights=dict(concatenated=1.0, parts=1.0)),
    )
)
