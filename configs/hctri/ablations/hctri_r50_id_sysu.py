# HcTri on SYSU-MM01 with identity loss alone.
_base_ = '../hctri_r50_sysu.py'

model = dict(heads=dict(hc_triplet=None))
