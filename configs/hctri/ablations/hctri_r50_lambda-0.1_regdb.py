# Table VI: hetero-center triplet loss with lambda = 0.1.
_base_ = '../hctri_r50_regdb.py'

model = dict(heads=dict(hc_triplet=dict(loss_weights=dict(parts=0.1))))
