# Fig. 3: vertical stride 2, 6 kernels.
_base_ = '../ccn_r50_sysu.py'

model = dict(heads=dict(contrast=dict(stride=(2, 1))))
