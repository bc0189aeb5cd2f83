# BFE with hard pentaplet loss alone.
_base_ = '../hpiln_bfe_sysu.py'

model = dict(heads=dict(identity=None))
# BFE's global branch has no loss.
model_wrapper_cfg = dict(find_unused_parameters=True)
