# Train on train + val, test the last checkpoint: nothing is selected on the test gallery.
data_root = 'data/SYSU-MM01'

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

train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    collate_fn=dict(type='mmvireid.stack_collate'),
    sampler=dict(type='CrossModalityPKSampler', num_ids=8, num_instances=4),
    dataset=dict(type='SYSUMM01', data_root=data_root, split='trainval', pipeline=train_pipeline),
)
test_dataloader = dict(
    batch_size=128,
    num_workers=4,
    collate_fn=dict(type='mmvireid.stack_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='SYSUMM01', data_root=data_root, split='test', pipeline=test_pipeline, test_mode=True),
)
test_evaluator = dict(
    type='CrossModalityReIDMetric',
    data_root=data_root,
    protocol=dict(type='SYSUMM01Protocol', data_root=data_root),
    distance=dict(type='CosineDistance'),
)
test_cfg = dict()
