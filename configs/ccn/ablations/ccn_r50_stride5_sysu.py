# Fig. 3: vertical stride 5, 4 kernels.
_base_ = '../ccn_r50_sysu.py'

model = dict(heads=dict(contrast=dict(stride=(5, 1))))
