# BFE on a ResNet-18 of half the width, from scratch.
_base_ = './hpiln_bfe.py'

model = dict(
    backbone=dict(backbone=dict(depth=18, stem_channels=32, base_channels=32), pretrained=None),
    neck=dict(in_channels=256, global_channels=128, erased_channels=256),
    heads=dict(
        identity=dict(in_channels=dict(reduced=128, erased=256)),
        # Of features that know nothing yet, hard mining makes a point: the identity loss leads the way.
        pentaplet=dict(loss_weights=dict(embedding=0.01)),
    ),
)
