# Table VII: baseline network with learned center loss (Eq. 6).
_base_ = './hctri_r50_baseline_sysu.py'

model = dict(
    heads=dict(
        triplet=None,
        center=dict(type='CenterHead', num_classes=395, in_channels=2048, loss_weights=dict(pooled=1.0)),
    )
)
