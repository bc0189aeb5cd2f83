# Table III, without the identity loss: nothing shared.
_base_ = './ccn_r50_no-id_sysu.py'

model = dict(backbone=dict(split=5))
