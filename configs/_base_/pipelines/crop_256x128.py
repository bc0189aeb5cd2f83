# Images of 256x128 (height x width): pad by 10, crop at random, flip.
train_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(128, 256)),
    dict(type='mmpretrain.RandomCrop', crop_size=(256, 128), padding=10),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackReIDInputs'),
]
test_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(128, 256)),
    dict(type='PackReIDInputs'),
]
