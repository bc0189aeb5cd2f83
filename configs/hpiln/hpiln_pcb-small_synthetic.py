# PCB on synthetic data (preset 'small'): a ResNet-18 of half the width, trained from scratch.
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
    # The map of a 128x64 image has eight rows, which four strips divide.
    neck=dict(type='PCBNeck', in_channels=256, num_parts=4, out_channels=128, dropout=0.5),
    heads=dict(
        identity=dict(in_channels=dict(parts=128), num_parts=dict(parts=4), num_classes=320),
        # From random weights, a full pentaplet loss maps all images to one point: the identity loss must lead.
        pentaplet=dict(loss_weights=dict(embedding=0.01)),
    ),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
