# 45 epochs of AdamW with warm-up and cosine, for data with short epochs: training from scratch in minutes.
max_epochs = 45
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=2, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        begin=2,
        end=max_epochs,
        T_max=max_epochs - 2,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(type='ResumableEpochTrainLoop', max_epochs=max_epochs)
