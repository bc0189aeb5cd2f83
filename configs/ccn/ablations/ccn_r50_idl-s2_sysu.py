# Table III, identity loss: stages 2-4 shared.
_base_ = './ccn_r50_idl_sysu.py'

model = dict(backbone=dict(split=2))
