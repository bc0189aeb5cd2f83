# 30,000 iterations of Adam: linear warm-up from a third of the rate over 500 iterations, x0.1 at 10,000 and 20,000.
# Biases, also in batch norms, have twice the rate and no weight decay.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=3e-4, weight_decay=5e-4),
    paramwise_cfg=dict(custom_keys={'bias': dict(lr_mult=2.0, decay_mult=0.0)}),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 3, by_epoch=False, begin=0, end=501),  # iteration 500 has the full rate
    dict(type='MultiStepLR', by_epoch=False, milestones=[10_000, 20_000], gamma=0.1),
]
train_cfg = dict(type='ResumableIterTrainLoop', max_iters=30_000)
log_processor = dict(by_epoch=False)
