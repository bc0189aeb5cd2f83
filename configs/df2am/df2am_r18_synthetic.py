# The quickstart: DF2AM on a ResNet-18 of half the width, from scratch, on the embedded data (preset 'small').
_base_ = [
    '../_base_/models/df2am_r50.py',
    '../_base_/datasets/synthetic_sysu.py',
    '../_base_/schedules/sgd_80e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(resnet=dict(depth=18, stem_channels=32, base_channels=32), pretrained=None),
    neck=dict(in_channels=256),
    heads=dict(identity=dict(num_classes=320, in_channels=256)),
)

# From scratch, in minutes: AdamW, one rate for all layers.
max_epochs = 9
optim_wrapper = dict(optimizer=dict(_delete_=True, type='AdamW', lr=1e-3, weight_decay=0.05), paramwise_cfg=None)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=1, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        begin=1,
        end=max_epochs,
        T_max=max_epochs - 1,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(max_epochs=max_epochs)
