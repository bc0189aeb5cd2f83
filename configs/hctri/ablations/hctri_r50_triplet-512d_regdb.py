# Table V: batch-hard triplet loss, 512 channels per part.
_base_ = './hctri_r50_triplet_regdb.py'

model = dict(neck=dict(out_channels=512), heads=dict(identity=dict(in_channels=512)))
