# Fig. 3: kernels at a vertical stride of 3, 4 kernels per image.
_base_ = '../ccn_r50_sysu.py'

model = dict(heads=dict(contrast=dict(stride=(3, 1))))
