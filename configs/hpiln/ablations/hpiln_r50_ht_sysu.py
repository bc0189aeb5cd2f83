# Hard triplet loss alone.
_base_ = './hpiln_r50_hti_sysu.py'

model = dict(heads=dict(identity=None))
