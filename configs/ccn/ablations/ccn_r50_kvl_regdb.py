# Table I, KVL: verification loss of contrastive kernels alone, scored by cosine.
_base_ = '../ccn_r50_regdb.py'

model = dict(
    heads=dict(
        identity=None,
        contrast=None,
        verification=dict(type='KernelVerificationHead', in_channels=2048, map_size=(8, 4)),
    )
)
test_evaluator = dict(distance=dict(_delete_=True, type='CosineDistance'))
