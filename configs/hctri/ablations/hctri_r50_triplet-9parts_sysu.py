# Fig. 7: batch-hard triplet loss, 9 strips.
_base_ = './hctri_r50_triplet_sysu.py'

model = dict(neck=dict(num_parts=9), heads=dict(identity=dict(num_parts=9)))
