# 3,000 iterations of AdamW with warm-up and cosine, one rate for all layers: training from scratch in minutes.
max_iters = 3000
warm_up = 300
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=warm_up),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=warm_up, end=max_iters, T_max=max_iters - warm_up),
]
train_cfg = dict(type='ResumableIterTrainLoop', max_iters=max_iters)
log_processor = dict(by_epoch=False)
