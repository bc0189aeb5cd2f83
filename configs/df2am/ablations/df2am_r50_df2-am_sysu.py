# Table 3, row 4: dual-level feature fusion and affinity modeling without L_B.
_base_ = '../df2am_r50_sysu.py'

model = dict(heads=dict(identity=dict(loss_weights=dict(bn=None)), triplet=None))
