# Images of 224x224: enlarge half of the images by 1.125 and crop them back, flip.
train_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='RandomZoomCrop', size=(224, 224), zoom=1.125, prob=0.5),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackReIDInputs'),
]
test_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(224, 224)),
    dict(type='PackReIDInputs'),
]
