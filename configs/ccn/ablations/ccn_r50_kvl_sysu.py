# Table I, KVL: verification loss of contrastive kernels alone.
_base_ = './ccn_r50_idl_sysu.py'

model = dict(
    heads=dict(
        identity=None,
        verification=dict(type='KernelVerificationHead', in_channels=2048, map_size=(8, 4)),
    )
)
