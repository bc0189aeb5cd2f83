# Table I, RKL: top-ranking loss of global features alone, scored by cosine.
_base_ = '../ccn_r50_sysu.py'

model = dict(heads=dict(identity=None, contrast=None, ranking=dict(type='TopRankingHead')))
test_evaluator = dict(distance=dict(_delete_=True, type='CosineDistance'))
