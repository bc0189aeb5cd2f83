# CCN on RegDB: the paper's settings, with simplified and full scoring.
_base_ = [
    '../_base_/models/ccn_r50.py',
    '../_base_/datasets/regdb.py',
    '../_base_/pipelines/crop_256x128.py',
    '../_base_/schedules/sgd_60e.py',
    '../_base_/default_runtime.py',
]

model = dict(heads=dict(identity=dict(num_classes=206)))
train_dataloader = dict(
    sampler=dict(num_ids=32, num_instances=1),
    dataset=dict(pipeline=_base_.train_pipeline),
)
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(
    distance=dict(
        _delete_=True,
        simplified=dict(type='CosineDistance'),
        full=dict(type='ContrastiveCorrelationDistance'),
    )
)
