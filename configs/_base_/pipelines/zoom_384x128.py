# Images of 384x128: enlarge half of the images by 1.125 and crop them back, flip.
train_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='RandomZoomCrop', size=(384, 128), zoom=1.125, prob=0.5),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackReIDInputs'),
]
test_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(128, 384)),
    dict(type='PackReIDInputs'),
]
