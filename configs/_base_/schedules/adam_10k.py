# 10,000 iterations of Adam at a constant rate.
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=3e-4, weight_decay=5e-4))
train_cfg = dict(type='ResumableIterTrainLoop', max_iters=10_000)
log_processor = dict(by_epoch=False)
