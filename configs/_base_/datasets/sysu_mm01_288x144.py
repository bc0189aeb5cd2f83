# SYSU-MM01 at 288x144.
_base_ = ['./sysu_mm01.py', './pipelines_288x144.py']

train_pipeline = _base_.train_pipeline_288x144
test_pipeline = _base_.test_pipeline_288x144

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
