# Table VI: batch-hard triplet loss with lambda = 0.1; the paper reports no convergence from 0.5 on.
_base_ = [
    '../../_base_/models/hctri_r50.py',
    '../../_base_/datasets/sysu_mm01.py',
    '../../_base_/pipelines/crop_288x144.py',
    '../../_base_/schedules/nesterov_61e.py',
    '../../_base_/default_runtime.py',
]

model = dict(
    heads=dict(
        hc_triplet=None,
        triplet=dict(type='TripletHead', loss_weights=dict(concatenated=1.0, parts=0.1), margin=0.3),
    )
)
train_dataloader = dict(
    batch_size=96,
    sampler=dict(num_ids=6, num_instances=8),
    dataset=dict(pipeline=_base_.train_pipeline),
)
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
