# MGN: three branches of one trunk give global features and strips, eight times 256.
_base_ = [
    '../_base_/models/hpiln.py',
    '../_base_/datasets/sysu_mm01.py',
    '../_base_/pipelines/zoom_384x128.py',
    '../_base_/schedules/adam_10k.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(
        type='OneStreamBackbone',
        backbone=dict(type='MGN', resnet=dict(type='mmpretrain.ResNet', depth=50)),
        pretrained='torchvision://resnet50',
    ),
    neck=dict(type='MGNNeck', in_channels=2048, out_channels=256),
    # Each branch's global feature and each of the 2 + 3 strips has a classifier.
    heads=dict(identity=dict(in_channels=dict(pooled=2048, parts=256), num_parts=dict(pooled=3, parts=5))),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
