# Table III, without the identity loss: all shared.
_base_ = './ccn_r50_no-id_sysu.py'

model = dict(backbone=dict(split=0))
