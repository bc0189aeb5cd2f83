# BFE with hard triplet loss alone.
_base_ = '../hpiln_bfe_sysu.py'

model = dict(
    heads=dict(
        identity=None,
        pentaplet=None,
        triplet=dict(type='TripletHead', loss_weights=dict(embedding=1.0), margin=0.3),
    )
)
# BFE's global branch has no loss.
model_wrapper_cfg = dict(find_unused_parameters=True)
