# AGW on SYSU-MM01, tested with the feature before the BN neck.
_base_ = '../agw_r50_sysu.py'

model = dict(test_cfg=dict(feature='pooled'))
