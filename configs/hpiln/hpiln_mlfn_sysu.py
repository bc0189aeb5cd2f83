# MLFN: the last map and the gates of all blocks form the embedding.
_base_ = [
    '../_base_/models/hpiln.py',
    '../_base_/datasets/sysu_mm01.py',
    '../_base_/pipelines/zoom_224x224.py',
    '../_base_/schedules/adam_10k.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(
        type='OneStreamBackbone',
        backbone=dict(type='MLFN'),
        pretrained='torchvision://resnext50_32x4d',
    ),
    neck=dict(type='MLFNNeck', in_channels=2048, num_gates=16 * 32, out_channels=1024),
    heads=dict(identity=dict(in_channels=dict(embedding=1024))),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
