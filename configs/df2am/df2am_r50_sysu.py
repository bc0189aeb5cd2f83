# DF2AM on SYSU-MM01: the paper's settings.
_base_ = [
    '../_base_/models/df2am_r50.py',
    '../_base_/datasets/sysu_mm01.py',
    '../_base_/pipelines/crop_256x128.py',
    '../_base_/schedules/sgd_80e.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
