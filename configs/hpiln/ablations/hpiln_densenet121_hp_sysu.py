# DenseNet-121 with hard pentaplet loss alone.
_base_ = '../hpiln_densenet121_sysu.py'

model = dict(heads=dict(identity=None))
