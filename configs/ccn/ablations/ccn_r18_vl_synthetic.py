# Table I, VL: verification loss of global features alone, scored by cosine.
_base_ = '../ccn_r18_synthetic.py'

model = dict(
    heads=dict(
        identity=None,
        contrast=None,
        verification=dict(type='VerificationHead', in_channels=256),
    )
)
test_evaluator = dict(distance=dict(_delete_=True, type='CosineDistance'))
