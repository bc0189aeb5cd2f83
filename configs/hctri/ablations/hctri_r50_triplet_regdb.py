# Table VI: batch-hard triplet loss, lambda 1.0.
_base_ = '../hctri_r50_regdb.py'

model = dict(
    heads=dict(
        hc_triplet=None,
        triplet=dict(type='TripletHead', loss_weights=dict(concatenated=1.0, parts=1.0), margin=0.3),
    )
)
