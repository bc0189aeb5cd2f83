# The released code: negatives of the anchor's own modality, exp of the mean; dropout and ELU before the classifier.
_base_ = './lccrf_r50_regdb.py'

model = dict(heads=dict(identity=dict(dropout=0.5), angular=dict(terms='same', exp='outside', across_ranks=True)))
