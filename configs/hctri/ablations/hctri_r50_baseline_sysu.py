# Table III, s2: the baseline network (Fig. 6), layer2-4 shared.
_base_ = [
    '../../_base_/models/hctri_baseline_r50.py',
    '../../_base_/datasets/sysu_mm01.py',
    '../../_base_/pipelines/crop_288x144.py',
    '../../_base_/schedules/nesterov_61e.py',
    '../../_base_/default_runtime.py',
]

train_dataloader = dict(
    batch_size=96,
    sampler=dict(num_ids=6, num_instances=8),
    dataset=dict(pipeline=_base_.train_pipeline),
)
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
