# Batch-hard instead of weighted regularised triplet loss.
_base_ = './agw_r50_sysu.py'

model = dict(heads=dict(triplet=dict(_delete_=True, type='TripletHead', features=dict(pooled=1.0), margin=0.3)))
