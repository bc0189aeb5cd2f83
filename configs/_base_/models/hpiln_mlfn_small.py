# MLFN of a quarter of the width, from scratch; last stride 1, as the other small networks have it.
_base_ = './hpiln_mlfn.py'

model = dict(
    backbone=dict(
        backbone=dict(groups=8, width_per_group=4, base_channels=16, stem_channels=16, strides=(1, 2, 2, 1)),
        pretrained=None,
    ),
    neck=dict(in_channels=512, num_gates=16 * 8, out_channels=256),
    heads=dict(
        identity=dict(in_channels=dict(embedding=256)),
        # Of features that know nothing yet, hard mining makes a point: the identity loss leads the way.
        pentaplet=dict(loss_weights=dict(embedding=0.01)),
    ),
)
