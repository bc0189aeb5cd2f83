# ResNet-50 with identity loss alone.
_base_ = '../hpiln_r50_sysu.py'

model = dict(heads=dict(pentaplet=None))
