# The loss of expAT in LCCRF's network, without non-local blocks and CMKD loss.
_base_ = '../lccrf_r50_sysu.py'

# Negatives have the other modality, and exp is applied to the mean.
model = dict(
    backbone=dict(out_indices=(3,), non_local=None),
    neck=dict(maps=None),
    heads=dict(angular=dict(terms='cross', exp='outside', across_ranks=True), distillation=None),
)
