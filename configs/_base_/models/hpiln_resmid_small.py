# Res-Mid on a ResNet-18 of half the width, from scratch: two blocks in layer4, so one before the last. Last stride 1:
# with 2 the map of a 128x64 image is 4x2.
_base_ = './hpiln_resmid.py'

model = dict(
    backbone=dict(
        backbone=dict(depth=18, stem_channels=32, base_channels=32, strides=(1, 2, 2, 1)),
        pretrained=None,
    ),
    neck=dict(in_channels=256, num_mid=1, mid_channels=128),
    heads=dict(
        identity=dict(in_channels=dict(embedding=128 + 256)),
        # Of features that know nothing yet, hard mining makes a point: the identity loss leads the way.
        pentaplet=dict(loss_weights=dict(embedding=0.01)),
    ),
)
