# PCB on a ResNet-18 of half the width, from scratch; four strips, because the map of a 128x64 image has eight rows.
_base_ = './hpiln_pcb.py'

model = dict(
    backbone=dict(backbone=dict(depth=18, stem_channels=32, base_channels=32), pretrained=None),
    neck=dict(in_channels=256, num_parts=4, out_channels=128),
    heads=dict(
        identity=dict(in_channels=dict(parts=128), num_parts=dict(parts=4)),
        # Of features that know nothing yet, hard mining makes a point: the identity loss leads the way.
        pentaplet=dict(loss_weights=dict(embedding=0.01)),
    ),
)
