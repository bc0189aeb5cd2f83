# Table I, RKL: top-ranking loss of global features alone.
_base_ = './ccn_r18_idl_synthetic.py'

model = dict(heads=dict(identity=None, ranking=dict(type='TopRankingHead')))
