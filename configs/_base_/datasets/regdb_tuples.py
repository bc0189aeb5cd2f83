# RegDB at 384x128 in batches of 8 tuples: anchor, positive and negative, each visible and infrared. Euclidean.
_base_ = ['./regdb.py', './pipelines_384x128_erasing.py']

train_pipeline = _base_.train_pipeline_384x128_erasing
test_pipeline = _base_.test_pipeline_384x128

train_dataloader = dict(
    batch_size=48,
    sampler=dict(_delete_=True, type='AnchorTupleSampler', num_tuples=8),
    dataset=dict(pipeline=train_pipeline),
)
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
