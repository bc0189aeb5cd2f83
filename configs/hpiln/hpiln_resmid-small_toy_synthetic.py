# Fig. 6: an embedding of two numbers, learned on five identities; their own images are what is drawn.
_base_ = './hpiln_resmid-small_synthetic.py'

num_ids = 5
max_iters = 400

model = dict(
    neck=dict(_delete_=True, type='ProjectedEmbedding', neck=_base_.model.neck, in_channels=128 + 256, out_channels=2),
    heads=dict(identity=dict(num_classes=num_ids, in_channels=dict(embedding=2))),
)
train_dataloader = dict(
    batch_size=2 * num_ids * 4,
    sampler=dict(num_ids=num_ids),
    dataset=dict(split='train', limit_ids=num_ids),
)
test_dataloader = dict(dataset=dict(split='train', limit_ids=num_ids))
# Features are written and nothing is scored: images that were trained on may be looked at.
test_evaluator = dict(
    _delete_=True, type='FeatureWriter', out_file='work_dirs/toy.npz', data_root=_base_.test_evaluator.data_root
)
default_hooks = dict(identity_leak=None)  # the tools take it out

param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=False, end=max_iters, T_max=max_iters)]
train_cfg = dict(max_iters=max_iters)
