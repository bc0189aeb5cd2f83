# ResNet-50 with hard pentaplet loss alone.
_base_ = '../hpiln_r50_sysu.py'

model = dict(heads=dict(identity=None))
