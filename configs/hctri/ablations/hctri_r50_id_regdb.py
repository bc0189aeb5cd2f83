# HcTri on RegDB with identity loss alone.
_base_ = '../hctri_r50_regdb.py'

model = dict(heads=dict(hc_triplet=None))
