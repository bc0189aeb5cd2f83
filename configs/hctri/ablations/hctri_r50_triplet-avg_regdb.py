# Table IV: batch-hard triplet loss, average pooling.
_base_ = './hctri_r50_triplet_regdb.py'

model = dict(neck=dict(pooling='avg'))
