# HA-CNN: attention, a global branch and a local branch with four regions. It has no ImageNet weights.
_base_ = [
    '../_base_/models/hpiln.py',
    '../_base_/datasets/sysu_mm01.py',
    '../_base_/pipelines/zoom_160x64.py',
    '../_base_/schedules/adam_10k.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(type='OneStreamBackbone', backbone=dict(type='HACNN')),
    neck=dict(type='HACNNNeck', in_channels=384, num_regions=4, out_channels=512),
    heads=dict(identity=dict(in_channels=dict(branches=512), num_parts=dict(branches=2))),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
