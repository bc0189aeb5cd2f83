# LCCRF on synthetic data with the released code's loss.
_base_ = './lccrf_r18_synthetic.py'

# Negatives have the anchor's modality, exp is applied to the mean, and the classifier reads ELU of dropout.
model = dict(heads=dict(identity=dict(dropout=0.5), angular=dict(terms='same', exp='outside', across_ranks=True)))
