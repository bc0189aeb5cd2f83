import pytest

from mmvireid.models.backbones.plain_resnet import build_plain_resnet
from mmvireid.registry import MODELS


@pytest.mark.parametrize('name', ['ResNet', 'ResNetV1c', 'ResNetV1d', 'ResNeXt', 'SEResNet'])
def test_resnets_with_other_layers(name):
    cfg = dict(type=f'mmpretrain.{name}', depth=50)
    assert type(build_plain_resnet(cfg)).__name__ == name


@pytest.mark.parametrize(
    'resnet',
    [dict(type='ResNetMid', depth=18), dict(type='MLFN'), dict(type='mmpretrain.ResNet_CIFAR', depth=18)],
    ids=lambda cfg: cfg['type'],
)
def test_resnets_with_their_own_forward_pass_are_refused(resnet):
    # A two-stream backbone runs the stages itself and would ignore this forward pass.
    name = resnet['type'].removeprefix('mmpretrain.')
    with pytest.raises(TypeError, match=f'^resnet must be a ResNet without its own forward pass, got {name}: .*One'):
        MODELS.build(dict(type='TwoStreamResNet', resnet=resnet))


def test_another_network_is_refused():
    with pytest.raises(TypeError, match='^resnet must be mmpretrain.ResNet .* got MobileNetV2'):
        build_plain_resnet(dict(type='mmpretrain.MobileNetV2'))
