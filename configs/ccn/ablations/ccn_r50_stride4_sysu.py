# Fig. 3: vertical stride 4, 4 kernels.
_base_ = '../ccn_r50_sysu.py'

model = dict(heads=dict(contrast=dict(stride=(4, 1))))
