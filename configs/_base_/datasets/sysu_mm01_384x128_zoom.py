# SYSU-MM01 at 384x128; half of the training images, drawn at random, are 1.125 times that and cropped back. Euclidean.
_base_ = './sysu_mm01.py'

train_pipeline = [
    dict(type='LoadReIDImage'),
    dict(
        type='RandomChoice',
        transforms=[
            [dict(type='Resize', scale=(128, 384))],
            [
                dict(type='Resize', scale=(144, 432)),
                dict(type='mmpretrain.RandomCrop', crop_size=(384, 128)),
            ],
        ],
        prob=[0.5, 0.5],
    ),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackReIDInputs'),
]
test_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(128, 384)),
    dict(type='PackReIDInputs'),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
