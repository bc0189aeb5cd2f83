# Table III, identity loss: all shared.
_base_ = './ccn_r50_idl_sysu.py'

model = dict(backbone=dict(split=0))
