# Eq. 2: GeM learns its exponent, without weight decay.
_base_ = '../hctri_r50_regdb.py'

model = dict(neck=dict(learn_p=True))
optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'neck.pool.p': dict(decay_mult=0.0)}))
