# AGW on RegDB, tested with the feature before the BN neck.
_base_ = '../agw_r50_regdb.py'

model = dict(test_cfg=dict(feature='pooled'))
