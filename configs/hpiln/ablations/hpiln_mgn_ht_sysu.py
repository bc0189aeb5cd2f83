# Hard triplet loss alone.
_base_ = './hpiln_mgn_hti_sysu.py'

model = dict(heads=dict(identity=None))
