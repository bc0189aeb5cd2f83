# Identity loss alone.
_base_ = '../hctri_r50_sysu.py'

model = dict(heads=dict(hc_triplet=None))
