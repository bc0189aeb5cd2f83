# PCB with hard pentaplet loss alone.
_base_ = '../hpiln_pcb_sysu.py'

model = dict(heads=dict(identity=None))
# The layer before PCB's classifiers has no loss.
model_wrapper_cfg = dict(find_unused_parameters=True)
