# BFE with center and identity loss.
_base_ = '../hpiln_bfe_sysu.py'

model = dict(
    heads=dict(
        pentaplet=None,
        center=dict(type='CenterHead', num_classes=395, in_channels=1024, loss_weights=dict(embedding=5e-4)),
    )
)
# Adam's steps do not grow with a loss weight: at the network's rate the centers would stay near their start.
# This loss is so light that weight decay would pull the centers to zero.
optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'heads.center': dict(lr_mult=100, decay_mult=0)}))
