# Table V: batch-hard triplet loss, 128 channels per part.
_base_ = './hctri_r50_triplet_sysu.py'

model = dict(neck=dict(out_channels=128), heads=dict(identity=dict(in_channels=128)))
