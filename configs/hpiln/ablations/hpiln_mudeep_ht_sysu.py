# Hard triplet loss alone.
_base_ = './hpiln_mudeep_hti_sysu.py'

model = dict(heads=dict(identity=None))
