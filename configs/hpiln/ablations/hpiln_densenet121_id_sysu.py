# DenseNet-121 with identity loss alone.
_base_ = '../hpiln_densenet121_sysu.py'

model = dict(heads=dict(pentaplet=None))
