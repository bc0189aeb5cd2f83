# PCB with hard triplet loss alone.
_base_ = '../hpiln_pcb_sysu.py'

model = dict(
    heads=dict(
        identity=None,
        pentaplet=None,
        triplet=dict(type='TripletHead', loss_weights=dict(embedding=1.0), margin=0.3),
    )
)
# The layer before PCB's classifiers has no loss.
model_wrapper_cfg = dict(find_unused_parameters=True)
