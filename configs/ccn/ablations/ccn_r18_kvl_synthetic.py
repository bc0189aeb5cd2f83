# Table I, KVL: verification loss of contrastive kernels alone.
_base_ = './ccn_r18_idl_synthetic.py'

model = dict(
    heads=dict(
        identity=None,
        verification=dict(type='KernelVerificationHead', in_channels=256, map_size=(8, 4)),
    )
)
