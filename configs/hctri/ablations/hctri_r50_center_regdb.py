# Table VII: parts, learned center loss (Eq. 6).
_base_ = '../hctri_r50_regdb.py'

# Squared distances add up over the parts: the global term and lambda times those of the parts are 1 + lambda times the
# global one.
model = dict(
    heads=dict(
        hc_triplet=None,
        center=dict(type='CenterHead', num_classes=206, in_channels=6 * 256, loss_weights=dict(concatenated=3.0)),
    )
)
