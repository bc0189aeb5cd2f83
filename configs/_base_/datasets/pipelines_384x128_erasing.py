# 384x128: resize, pad 10, crop, flip, random erasing with ImageNet's mean color, which normalizes to zero.
train_pipeline_384x128_erasing = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(128, 384)),
    dict(type='mmpretrain.RandomCrop', crop_size=(384, 128), padding=10),
    dict(type='RandomFlip', prob=0.5),
    dict(type='mmpretrain.RandomErasing', erase_prob=0.5, fill_color=(124, 116, 104)),
    dict(type='PackReIDInputs'),
]
test_pipeline_384x128 = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(128, 384)),
    dict(type='PackReIDInputs'),
]
