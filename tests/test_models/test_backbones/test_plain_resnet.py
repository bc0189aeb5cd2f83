import pytest

from mmvireid.models.backbones.plain_resnet import build_plain_resnet
from mmvireid.registry import MODELS


@pytest.mark.parametrize('name', ['ResNet', 'ResNetV1c', 'ResNetV1d', 'ResNeXt', 'SEResNet'])
def test_resnets_that_differ_in_their_layers_only(name):
    cfg = dict(type=f'mmpretrain.{name}', depth=50)
    assert type(build_plain_resnet(cfg, 'model.backbone.resnet')).__name__ == name


@pytest.mark.parametrize(
    'resnet',
    [dict(type='ResNetMid', depth=18), dict(type='MLFN'), dict(type='mmpretrain.ResNet_CIFAR', depth=18)],
    ids=lambda cfg: cfg['type'],
)
def test_a_forward_pass_of_its_own_is_not_ignored(resnet):
    # A two-stream backbone runs the stages itself.
    name = resnet['type'].removeprefix('mmpretrain.')
    with pytest.raises(
        TypeError, match=f'model.backbone.resnet must be a ResNet without a forward pass of its own, got {name}: .*One'
    ):
        MODELS.build(dict(type='TwoStreamResNet', resnet=resnet))


def test_no_resnet():
    with pytest.raises(TypeError, match='here must be mmpretrain.ResNet .* got MobileNetV2'):
        build_plain_resnet(dict(type='mmpretrain.MobileNetV2'), 'here')
