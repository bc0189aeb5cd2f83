# LCCRF on SYSU-MM01: the paper's settings.
_base_ = [
    '../_base_/models/lccrf_r50.py',
    '../_base_/datasets/sysu_mm01.py',
    '../_base_/pipelines/crop_erase_384x128.py',
    '../_base_/schedules/adam_30k.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(
    batch_size=48,
    sampler=dict(_delete_=True, type='AnchorTupleSampler', num_tuples=8),
    dataset=dict(pipeline=_base_.train_pipeline),
)
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_evaluator = dict(distance=dict(type='EuclideanDistance'))
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
