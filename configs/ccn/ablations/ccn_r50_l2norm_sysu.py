# Our variant: every kernel has unit length.
_base_ = '../ccn_r50_sysu.py'

model = dict(heads=dict(contrast=dict(kernel_norm='l2')))
