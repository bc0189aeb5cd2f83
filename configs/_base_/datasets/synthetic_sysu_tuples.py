# The synthetic data in batches of 8 tuples, with random erasing. Euclidean.
_base_ = './synthetic_sysu.py'

train_pipeline = [
    dict(type='LoadReIDImage'),
    dict(type='Resize', scale=(64, 128)),
    dict(type='RandomGrayscale', prob=0.5, keep_channels=True, color_format='rgb'),
    dict(type='mmpretrain.RandomCrop', crop_size=(128, 64), padding=5),
    dict(type='RandomFlip', prob=0.5),
    dict(type='mmpretrain.RandomErasing', erase_prob=0.5, fill_color=(124, 116, 104)),
    dict(type='PackReIDInputs'),
]

train_dataloader = dict(
    batch_size=48,
    sampler=dict(_delete_=True, type='AnchorTupleSampler', num_tuples=8),
    dataset=dict(pipeline=train_pipeline),
)
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
