# HcTri on synthetic data (preset 'small'): a ResNet-18 of half the width, trained from scratch.
_base_ = [
    '../_base_/models/hctri_r50.py',
    '../_base_/datasets/synthetic_sysu.py',
    '../_base_/pipelines/gray_crop_128x64.py',
    '../_base_/schedules/adamw_9e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(resnet=dict(depth=18, stem_channels=32, base_channels=32), pretrained=None),
    # The map of a 128x64 image has eight rows, which four strips divide.
    neck=dict(in_channels=256, num_parts=4, out_channels=128),
    heads=dict(identity=dict(in_channels=128, num_parts=4, num_classes=320)),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
