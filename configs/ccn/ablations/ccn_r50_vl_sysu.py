# Table I, VL: verification loss of global features alone, scored by cosine.
_base_ = '../ccn_r50_sysu.py'

model = dict(
    heads=dict(
        identity=None,
        contrast=None,
        verification=dict(type='VerificationHead', in_channels=2048),
    )
)
test_evaluator = dict(distance=dict(_delete_=True, type='CosineDistance'))
