# Table VI: batch-hard triplet loss with lambda = 0.1.
_base_ = './hctri_r50_triplet_regdb.py'

model = dict(heads=dict(triplet=dict(loss_weights=dict(parts=0.1))))
