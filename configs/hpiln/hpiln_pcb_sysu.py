# PCB: the embedding is six pooled strips; the classifiers read them reduced to 256.
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
        backbone=dict(type='mmpretrain.ResNet', depth=50, strides=(1, 2, 2, 1)),
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='PCBNeck', in_channels=2048, num_parts=6, out_channels=256, dropout=0.5),
    heads=dict(identity=dict(in_channels=dict(parts=256), num_parts=dict(parts=6))),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
