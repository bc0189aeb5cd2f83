# Table VI: hetero-center triplet loss with lambda = 1.5.
_base_ = '../hctri_r50_sysu.py'

model = dict(heads=dict(hc_triplet=dict(loss_weights=dict(parts=1.5))))
