# CCN on synthetic data (preset 'small'): a ResNet-18 of half the width, trained from scratch.
_base_ = [
    '../_base_/models/ccn_r50.py',
    '../_base_/datasets/synthetic_sysu.py',
    '../_base_/pipelines/gray_crop_128x64.py',
    '../_base_/schedules/adamw_9e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    # With last stride 1, the map of a 128x64 image is 8x4, as in the paper.
    backbone=dict(
        resnet=dict(depth=18, stem_channels=32, base_channels=32, strides=(1, 2, 2, 1)),
        pretrained=None,
    ),
    heads=dict(
        identity=dict(in_channels=256, num_classes=320),
        contrast=dict(in_channels=256),
    ),
)
train_dataloader = dict(
    sampler=dict(num_ids=32, num_instances=1),
    dataset=dict(pipeline=_base_.train_pipeline),
)
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(
    distance=dict(
        _delete_=True,
        simplified=dict(type='CosineDistance'),
        full=dict(type='ContrastiveCorrelationDistance'),
    )
)
