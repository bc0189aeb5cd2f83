# AGW on SYSU-MM01 with batch-hard triplet loss instead of weighted regularized triplet loss.
_base_ = '../agw_r50_sysu.py'

model = dict(heads=dict(triplet=dict(_delete_=True, type='TripletHead', loss_weights=dict(pooled=1.0), margin=0.3)))
