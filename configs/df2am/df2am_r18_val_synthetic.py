# DF2AM on synthetic data: train on the training identities, keep the best checkpoint on the validation identities.
_base_ = './df2am_r18_synthetic.py'

model = dict(heads=dict(identity=dict(num_classes=300)))
train_dataloader = dict(dataset=dict(split='train'))

val_dataloader = {**_base_.test_dataloader, 'dataset': {**_base_.test_dataloader.dataset, 'split': 'val'}}
# No indoor camera of the gallery sees the validation identities of SYSU-MM01.
val_evaluator = {
    **_base_.test_evaluator,
    'protocol': {**_base_.test_evaluator.protocol, 'settings': ['all-search/single-shot']},
}
val_cfg = dict()
default_hooks = dict(checkpoint=dict(save_best='all-search/single-shot/mAP', rule='greater'))
