# Images of 288x144 (height x width): pad by 10, crop at random, flip.
train_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(144, 288)),
    dict(type='mmpretrain.RandomCrop', crop_size=(288, 144), padding=10),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackReIDInputs'),
]
test_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(144, 288)),
    dict(type='PackReIDInputs'),
]
