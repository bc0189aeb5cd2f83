# Fig. 6: an embedding of two numbers, learned on five identities and drawn for the same images.
# The backbone starts from the identity network, so the paper's learning rate and loss weights work.
_base_ = '../hpiln_resmid-small_synthetic.py'

num_ids = 5

model = dict(
    backbone=dict(pretrained='work_dirs/hpiln_resmid-small_id_synthetic/iter_1116.pth'),
    neck=dict(
        _delete_=True, type='ProjectedEmbeddingNeck', neck=_base_.model.neck, in_channels=128 + 256, out_channels=2
    ),
    heads=dict(
        identity=dict(num_classes=num_ids, in_channels=dict(embedding=2)),
        pentaplet=dict(loss_weights=dict(embedding=1.0)),
    ),
)
train_dataloader = dict(
    batch_size=2 * num_ids * 4,
    num_workers=0,  # an epoch has three batches: starting workers would take longer
    sampler=dict(num_ids=num_ids),
    dataset=dict(split='train', limit_ids=num_ids),
)
test_dataloader = dict(dataset=dict(split='train', limit_ids=num_ids))
# This evaluator writes features and scores nothing, so it may read the training images.
test_evaluator = dict(
    _delete_=True, type='FeatureWriter', out_file='work_dirs/toy.npz', data_root=_base_.test_evaluator.data_root
)
default_hooks = dict(identity_leak=None)  # the tools remove a hook that is None

optim_wrapper = dict(optimizer=dict(_delete_=True, type='Adam', lr=3e-4, weight_decay=5e-4))
param_scheduler = []
train_cfg = dict(max_iters=400)
