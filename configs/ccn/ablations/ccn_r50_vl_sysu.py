# Table I, VL: verification loss of global features alone.
_base_ = './ccn_r50_idl_sysu.py'

model = dict(heads=dict(identity=None, verification=dict(type='VerificationHead', in_channels=2048)))
