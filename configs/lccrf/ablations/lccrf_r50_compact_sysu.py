# LCCRF with a compactness term (Eq. 19): the variance of a descriptor's elements.
_base_ = '../lccrf_r50_sysu.py'

model = dict(heads=dict(angular=dict(compact='variance', compact_weight=1.0)))
