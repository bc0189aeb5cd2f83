# Table III, identity loss: nothing shared.
_base_ = './ccn_r50_idl_sysu.py'

model = dict(backbone=dict(split=5))
