# Fig. 3: kernels at a vertical stride of 2, 6 kernels per image.
_base_ = '../ccn_r50_sysu.py'

model = dict(heads=dict(contrast=dict(stride=(2, 1))))
