# Table IV: batch-hard triplet loss, average pooling.
_base_ = './hctri_r50_triplet_sysu.py'

model = dict(neck=dict(pooling='avg'))
