# BFE on synthetic data (preset 'small'): a ResNet-18 of half the width, trained from scratch.
_base_ = [
    '../_base_/models/hpiln.py',
    '../_base_/datasets/synthetic_sysu.py',
    '../_base_/pipelines/gray_crop_128x64.py',
    '../_base_/schedules/sgd_1116i.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(
        type='OneStreamBackbone',
        backbone=dict(type='mmpretrain.ResNet', depth=18, stem_channels=32, base_channels=32, strides=(1, 2, 2, 1)),
        pretrained=None,
    ),
    neck=dict(
        type='BFENeck',
        in_channels=256,
        global_channels=128,
        erased_channels=256,
        height_ratio=0.33,
        width_ratio=1.0,
    ),
    heads=dict(
        identity=dict(in_channels=dict(reduced=128, erased=256), num_classes=320),
        # From random weights, a full pentaplet loss maps all images to one point: the identity loss must lead.
        pentaplet=dict(loss_weights=dict(embedding=0.01)),
    ),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
