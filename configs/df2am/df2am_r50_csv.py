# DF2AM on your own data: the paper's network and schedule.
_base_ = [
    '../_base_/models/df2am_r50.py',
    '../_base_/datasets/csv.py',
    '../_base_/pipelines/crop_256x128.py',
    '../_base_/schedules/sgd_80e.py',
    '../_base_/default_runtime.py',
]

# The number of training identities. If it is wrong, training stops at the start and names the right number.
model = dict(heads=dict(identity=dict(num_classes=395)))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
