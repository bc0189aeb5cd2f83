# 61 epochs of SGD with Nesterov momentum: 10 of warm-up, a tenth of the rate from epoch 20 and of that from 50; the
# backbone at a tenth (HcTri Eq. 10).
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4),
    paramwise_cfg=dict(custom_keys={'backbone': dict(lr_mult=0.1)}),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=10),
    dict(type='MultiStepLR', by_epoch=True, milestones=[20, 50], gamma=0.1),
]
train_cfg = dict(type='ResumableEpochTrainLoop', max_epochs=61)
