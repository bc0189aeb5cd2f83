# Table VI: batch-hard triplet loss, lambda 0.1; from 0.5 on it did not converge.
_base_ = '../hctri_r50_sysu.py'

model = dict(
    heads=dict(
        hc_triplet=None,
        triplet=dict(type='TripletHead', loss_weights=dict(concatenated=1.0, parts=0.1), margin=0.3),
    )
)
