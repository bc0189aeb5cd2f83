# Your own data: data_root/annotations.csv lists path, identity, camera, modality and split (docs/own_data.md).
data_root = 'data/own'

train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    collate_fn=dict(type='mmvireid.stack_collate'),
    sampler=dict(type='CrossModalityPKSampler', num_ids=8, num_instances=4),
    dataset=dict(type='CSVDataset', data_root=data_root, split='train'),
)
test_dataloader = dict(
    batch_size=128,
    num_workers=4,
    collate_fn=dict(type='mmvireid.stack_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='CSVDataset', data_root=data_root, split='test', test_mode=True),
)
test_evaluator = dict(
    type='CrossModalityReIDMetric',
    data_root=data_root,
    protocol=dict(type='CrossModalityProtocol'),
    distance=dict(type='CosineDistance'),
)
test_cfg = dict()
