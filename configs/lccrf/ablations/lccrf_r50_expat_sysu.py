# The loss of expAT in LCCRF's network: negatives of the other modality, exp of the mean; no attention, no CMKD loss.
_base_ = './lccrf_r50_eat_sysu.py'

model = dict(heads=dict(angular=dict(terms='cross', exp='outside', across_ranks=True)))
