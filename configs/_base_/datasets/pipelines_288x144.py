# 288x144: resize, pad 10, crop, flip.
train_pipeline_288x144 = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(144, 288)),
    dict(type='mmpretrain.RandomCrop', crop_size=(288, 144), padding=10),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackReIDInputs'),
]
test_pipeline_288x144 = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(144, 288)),
    dict(type='PackReIDInputs'),
]
