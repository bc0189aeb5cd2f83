# MGN with hard triplet loss alone.
_base_ = '../hpiln_mgn_sysu.py'

model = dict(
    heads=dict(
        identity=None,
        pentaplet=None,
        triplet=dict(type='TripletHead', loss_weights=dict(embedding=1.0), margin=0.3),
    )
)
