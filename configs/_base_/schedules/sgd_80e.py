# 80 epochs of SGD: 10 of warm-up, a tenth of the rate from epoch 30 and of that from 50; the backbone at a tenth.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=5e-4),
    paramwise_cfg=dict(custom_keys={'backbone': dict(lr_mult=0.1)}),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=10),
    dict(type='MultiStepLR', by_epoch=True, milestones=[30, 50], gamma=0.1),
]
train_cfg = dict(type='ResumableEpochTrainLoop', max_epochs=80)
