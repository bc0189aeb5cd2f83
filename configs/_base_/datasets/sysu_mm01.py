# SYSU-MM01: train on train + val and test the last checkpoint. Nothing is selected on the test gallery.
data_root = 'data/SYSU-MM01'

train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    collate_fn=dict(type='mmvireid.stack_collate'),
    sampler=dict(type='CrossModalityPKSampler', num_ids=8, num_instances=4),
    dataset=dict(type='SYSUMM01', data_root=data_root, split='trainval'),
)
test_dataloader = dict(
    batch_size=128,
    num_workers=4,
    collate_fn=dict(type='mmvireid.stack_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='SYSUMM01', data_root=data_root, split='test', test_mode=True),
)
test_evaluator = dict(
    type='CrossModalityReIDMetric',
    data_root=data_root,
    protocol=dict(type='SYSUMM01Protocol', data_root=data_root),
    distance=dict(type='CosineDistance'),
)
test_cfg = dict()
