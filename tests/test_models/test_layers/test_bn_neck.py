from mmvireid.models.layers import build_bn_neck


def test_shift():
    assert not build_bn_neck(4).bias.requires_grad
    assert build_bn_neck(4, shift=True).bias.requires_grad
