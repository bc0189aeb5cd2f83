# BFE: a global branch, and a branch with erased boxes whose feature is the embedding.
_base_ = [
    '../_base_/models/hpiln.py',
    '../_base_/datasets/sysu_mm01.py',
    '../_base_/pipelines/zoom_256x128.py',
    '../_base_/schedules/adam_10k.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(
        type='OneStreamBackbone',
        backbone=dict(type='mmpretrain.ResNet', depth=50, strides=(1, 2, 2, 1)),
        pretrained='torchvision://resnet50',
    ),
    neck=dict(
        type='BFENeck',
        in_channels=2048,
        global_channels=512,
        erased_channels=1024,
        height_ratio=0.33,
        width_ratio=1.0,
    ),
    heads=dict(identity=dict(in_channels=dict(reduced=512, erased=1024))),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
