# MLFN on synthetic data (preset 'small') with identity loss alone.
_base_ = '../hpiln_mlfn-small_synthetic.py'

model = dict(heads=dict(pentaplet=None))
