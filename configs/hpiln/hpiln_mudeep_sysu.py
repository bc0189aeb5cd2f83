# MuDeep: multi-scale layers that end in a map of 256x16x8. It has no ImageNet weights.
_base_ = [
    '../_base_/models/hpiln.py',
    '../_base_/datasets/sysu_mm01.py',
    '../_base_/pipelines/zoom_256x128.py',
    '../_base_/schedules/adam_10k.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(type='OneStreamBackbone', backbone=dict(type='MuDeep')),
    neck=dict(type='FlattenNeck', in_channels=256 * 16 * 8, out_channels=4096),
    heads=dict(identity=dict(in_channels=dict(embedding=4096))),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
