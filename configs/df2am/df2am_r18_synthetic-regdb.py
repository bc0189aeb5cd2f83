# DF2AM on synthetic data in RegDB's layout (preset 'small'): a ResNet-18 of half the width, trained from scratch.
_base_ = [
    '../_base_/models/df2am_r50.py',
    '../_base_/datasets/synthetic_regdb.py',
    '../_base_/pipelines/gray_crop_128x64.py',
    '../_base_/schedules/adamw_45e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(resnet=dict(depth=18, stem_channels=32, base_channels=32), pretrained=None),
    neck=dict(in_channels=256),
    heads=dict(identity=dict(in_channels=256, num_classes=200)),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
