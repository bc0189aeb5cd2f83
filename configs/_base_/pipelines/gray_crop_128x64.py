# Images of 128x64: drop the color at random, pad by 5, crop at random, flip.
train_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(64, 128)),
    # A network without pretrained weights relies on color too much, so half of the visible images lose it.
    dict(type='RandomGrayscale', prob=0.5, keep_channels=True, color_format='rgb'),
    dict(type='mmpretrain.RandomCrop', crop_size=(128, 64), padding=5),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackReIDInputs'),
]
test_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(64, 128)),
    dict(type='PackReIDInputs'),
]
