# Table I, RKL: top-ranking loss of global features alone.
_base_ = './ccn_r50_idl_regdb.py'

model = dict(heads=dict(identity=None, ranking=dict(type='TopRankingHead')))
