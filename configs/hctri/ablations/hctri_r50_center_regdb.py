# Table VII: six strips with learned center loss (Eq. 6).
_base_ = '../hctri_r50_regdb.py'

# Squared distances add up over the parts. The sum of the global term and lambda times the terms of the parts is
# therefore 1 + lambda times the global term.
model = dict(
    heads=dict(
        hc_triplet=None,
        center=dict(type='CenterHead', num_classes=206, in_channels=6 * 256, loss_weights=dict(concatenated=3.0)),
    )
)
