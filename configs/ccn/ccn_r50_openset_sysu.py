# Table VIII: open-set search, where queries and gallery have images of both modalities.
# The test scores by cosine. This option adds full scoring:
#   --cfg-options test_evaluator.distance.full.type=ContrastiveCorrelationDistance
_base_ = './ccn_r50_sysu.py'

# Train with equal numbers of visible-visible, visible-infrared and infrared-infrared pairs.
model = dict(heads=dict(contrast=dict(modality_pairs='all')))
train_dataloader = dict(sampler=dict(num_ids=16, num_instances=2, replacement=False))
test_evaluator = dict(
    protocol=dict(_delete_=True, type='OpenSetProtocol'),
    distance=dict(_delete_=True, simplified=dict(type='CosineDistance')),
)
