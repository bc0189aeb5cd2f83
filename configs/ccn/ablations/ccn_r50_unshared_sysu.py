# Table VI: one linear layer per modality.
_base_ = '../ccn_r50_sysu.py'

model = dict(heads=dict(contrast=dict(shared=False)))
