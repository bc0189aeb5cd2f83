# Images of 384x128: pad by 10, crop at random, flip, erase a random box.
train_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(128, 384)),
    dict(type='mmpretrain.RandomCrop', crop_size=(384, 128), padding=10),
    dict(type='RandomFlip', prob=0.5),
    # ImageNet's mean color becomes zero when the batch is normalized.
    dict(type='mmpretrain.RandomErasing', erase_prob=0.5, fill_color=(124, 116, 104)),
    dict(type='PackReIDInputs'),
]
test_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(128, 384)),
    dict(type='PackReIDInputs'),
]
