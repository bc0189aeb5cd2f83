# SYSU-MM01 at 224x224; half of the training images, drawn at random, are 1.125 times that and cropped back. Euclidean.
_base_ = './sysu_mm01.py'

train_pipeline = [
    dict(type='LoadReIDImage'),
    dict(
        type='RandomChoice',
        transforms=[
            [dict(type='Resize', scale=(224, 224))],
            [
                dict(type='Resize', scale=(252, 252)),
                dict(type='mmpretrain.RandomCrop', crop_size=(224, 224)),
            ],
        ],
        prob=[0.5, 0.5],
    ),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackReIDInputs'),
]
test_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(224, 224)),
    dict(type='PackReIDInputs'),
]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
