# Train on the training identities alone and keep the best checkpoint on the validation identities.
_base_ = './df2am_r50_sysu.py'

model = dict(heads=dict(identity=dict(num_classes=296)))
train_dataloader = dict(dataset=dict(split='train'))

val_dataloader = dict(
    batch_size=128,
    num_workers=4,
    collate_fn=dict(type='mmvireid.stack_collate'),
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='SYSUMM01',
        data_root={{_base_.data_root}},
        split='val',
        pipeline={{_base_.test_pipeline}},
        test_mode=True,
    ),
)
# The validation identities are in no indoor camera of the gallery.
val_evaluator = dict(
    type='CrossModalityReIDMetric',
    protocol=dict(type='SYSUMM01Protocol', data_root={{_base_.data_root}}, settings=['all-search/single-shot']),
    distance=dict(type='CosineDistance'),
)
val_cfg = dict()
train_cfg = dict(val_interval=5)
default_hooks = dict(checkpoint=dict(save_best='all-search/single-shot/mAP', rule='greater'))
