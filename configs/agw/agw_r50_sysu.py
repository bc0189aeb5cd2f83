# AGW on SYSU-MM01: the paper's settings.
_base_ = [
    '../_base_/models/agw_r50.py',
    '../_base_/datasets/sysu_mm01.py',
    '../_base_/pipelines/crop_288x144.py',
    '../_base_/schedules/nesterov_61e.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
train_cfg = dict(max_epochs=80)
