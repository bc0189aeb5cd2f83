# Table IV, KG: a learned generator makes the kernels from their samples.
_base_ = '../ccn_r50_regdb.py'

model = dict(heads=dict(contrast=dict(generator=True)))
