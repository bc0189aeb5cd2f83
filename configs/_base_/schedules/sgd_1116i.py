# 1,116 iterations of SGD with warm-up and cosine: nine epochs of synthetic data, with 124 iterations each.
epoch_length = 124
max_iters = 9 * epoch_length
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=5e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=epoch_length),
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        begin=epoch_length,
        end=max_iters,
        T_max=max_iters - epoch_length,
    ),
]
train_cfg = dict(type='ResumableIterTrainLoop', max_iters=max_iters)
log_processor = dict(by_epoch=False)
