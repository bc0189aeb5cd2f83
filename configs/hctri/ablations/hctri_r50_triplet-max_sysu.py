# Table IV: batch-hard triplet loss, max pooling.
_base_ = './hctri_r50_triplet_sysu.py'

model = dict(neck=dict(pooling='max'))
