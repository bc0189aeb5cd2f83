# Table I, VL: verification loss of global features alone.
_base_ = './ccn_r18_idl_synthetic.py'

model = dict(heads=dict(identity=None, verification=dict(type='VerificationHead', in_channels=256)))
