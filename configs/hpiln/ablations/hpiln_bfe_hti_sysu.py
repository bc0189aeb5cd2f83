# BFE with hard triplet and identity loss.
_base_ = '../hpiln_bfe_sysu.py'

model = dict(heads=dict(pentaplet=None, triplet=dict(type='TripletHead', loss_weights=dict(embedding=1.0), margin=0.3)))
