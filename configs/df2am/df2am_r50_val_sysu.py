# DF2AM on SYSU-MM01: train on the training identities, keep the best checkpoint on the validation identities.
_base_ = './df2am_r50_sysu.py'

model = dict(heads=dict(identity=dict(num_classes=296)))
train_dataloader = dict(dataset=dict(split='train'))

val_dataloader = {**_base_.test_dataloader, 'dataset': {**_base_.test_dataloader.dataset, 'split': 'val'}}
# No indoor camera of the gallery sees the validation identities of SYSU-MM01.
val_evaluator = {
    **_base_.test_evaluator,
    'protocol': {**_base_.test_evaluator.protocol, 'settings': ['all-search/single-shot']},
}
val_cfg = dict()
train_cfg = dict(val_interval=5)
default_hooks = dict(checkpoint=dict(save_best='all-search/single-shot/mAP', rule='greater'))
