# The synthetic data in batches of 32 identities x (1 + 1) images, scored in both of CCN's ways.
_base_ = './synthetic_sysu.py'

train_dataloader = dict(sampler=dict(num_ids=32, num_instances=1))
test_evaluator = dict(
    distance=dict(
        _delete_=True,
        simplified=dict(type='CosineDistance'),
        full=dict(type='ContrastiveCorrelationDistance'),
    )
)
