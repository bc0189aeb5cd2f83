# RegDB: one of ten splits; `--split-number` chooses it. Train one model per split and average the results.
data_root = 'data/RegDB'
split_number = 1

train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    collate_fn=dict(type='mmvireid.stack_collate'),
    sampler=dict(type='CrossModalityPKSampler', num_ids=8, num_instances=4),
    dataset=dict(type='RegDB', data_root=data_root, split='train', split_number=split_number),
)
test_dataloader = dict(
    batch_size=128,
    num_workers=4,
    collate_fn=dict(type='mmvireid.stack_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='RegDB', data_root=data_root, split='test', split_number=split_number, test_mode=True),
)
test_evaluator = dict(
    type='CrossModalityReIDMetric',
    data_root=data_root,
    protocol=dict(type='RegDBProtocol'),
    distance=dict(type='CosineDistance'),
)
test_cfg = dict()
