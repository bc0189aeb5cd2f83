# LCCRF on synthetic data (preset 'small'): a ResNet-18 of half the width, trained from scratch.
_base_ = [
    '../_base_/models/lccrf_r50.py',
    '../_base_/datasets/synthetic_sysu.py',
    '../_base_/pipelines/gray_crop_erase_128x64.py',
    '../_base_/schedules/adamw_3000i.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(
        resnet=dict(depth=18, stem_channels=32, base_channels=32),
        non_local=dict(layer2=1, layer3=1),  # each layer has two blocks
        pretrained=None,
    ),
    neck=dict(in_channels=256),
    heads=dict(identity=dict(in_channels=256, num_classes=320)),
)
train_dataloader = dict(
    batch_size=48,
    sampler=dict(_delete_=True, type='AnchorTupleSampler', num_tuples=8),
    dataset=dict(pipeline=_base_.train_pipeline),
)
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
