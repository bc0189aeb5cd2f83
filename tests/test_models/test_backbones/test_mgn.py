import re
from collections import Counter

import pytest
import torch

from mmvireid.models.backbones import MGN
from mmvireid.registry import MODELS

RESNET = dict(type='mmpretrain.ResNet', depth=50, base_channels=8, stem_channels=8)


def mgn(**options) -> MGN:
    return MODELS.build(dict(type='MGN', resnet={**RESNET, **options}))


def images(height: int = 96, width: int = 64) -> torch.Tensor:
    return torch.randn(4, 3, height, width, generator=torch.Generator().manual_seed(0))


def plain_resnet(backbone: MGN, last_stride: int, **options) -> torch.nn.Module:
    """Build a ResNet with the weights of the trunk and of the first branch."""
    network = MODELS.build({**RESNET, 'strides': (1, 2, 2, last_stride), **options})
    state = {**backbone.trunk.state_dict(), **backbone.branches[0].state_dict()}
    network.load_state_dict(state)
    return network


@pytest.mark.parametrize('init_weights', [False, True])
@pytest.mark.parametrize('options', [dict(), dict(depth=18), dict(deep_stem=True)], ids=str)
def test_branches_start_as_resnets_of_two_strides(options, init_weights):
    backbone = mgn(**options)
    if init_weights:
        before = backbone.branches[1].layer4[0].conv1.weight.clone()
        backbone.init_weights()
        assert not torch.equal(backbone.branches[1].layer4[0].conv1.weight, before)
    coarse, fine = (plain_resnet(backbone, last_stride, **options) for last_stride in (2, 1))
    for network in (backbone, coarse, fine):
        network.eval()
    maps = backbone(images())
    channels = 8 * 8 * coarse.expansion
    assert [tuple(feature_map.shape) for feature_map in maps] == [
        (4, channels, 3, 2),
        (4, channels, 6, 4),
        (4, channels, 6, 4),
    ]
    torch.testing.assert_close(maps[0], coarse(images())[0])
    for feature_map in maps[1:]:
        torch.testing.assert_close(feature_map, fine(images())[0])


def test_the_trunk_ends_with_the_first_block_of_layer3():
    backbone = mgn()
    assert list(backbone.trunk._modules) == ['conv1', 'bn1', 'relu', 'maxpool', 'layer1', 'layer2', 'layer3']
    assert list(backbone.trunk.layer3._modules) == ['0']
    assert backbone.trunk(images(384, 128)[:1]).shape == (1, 128, 24, 8)  # 1024 channels of 64 / 8 times the width
    for branch in backbone.branches:
        assert list(branch.layer3._modules) == ['1', '2', '3', '4', '5']
        assert list(branch.layer4._modules) == ['0', '1', '2']


def test_branches_have_separate_parameters():
    backbone = mgn()
    _, second, _ = backbone(images())
    second.square().mean().backward()
    reached = {
        re.match(r'trunk|branches\.\d', name)[0] for name, p in backbone.named_parameters() if p.grad is not None
    }
    assert reached == {'trunk', 'branches.1'}
    uses = Counter(id(p) for part in (backbone.trunk, *backbone.branches) for p in part.parameters())
    assert set(uses.values()) == {1}


def test_init_weights_initializes_like_the_resnet():
    backbone = mgn()
    backbone.init_weights()
    for block in (backbone.trunk.layer1[0], *(branch.layer4[2] for branch in backbone.branches)):
        assert not block.norm3.weight.any()  # mmpretrain starts residual blocks as the identity


@pytest.mark.parametrize('precision', ['float32', 'autocast', 'bfloat16'])
def test_gradient_reaches_every_parameter(precision):
    backbone, inputs = mgn(), images()
    if precision == 'bfloat16':
        backbone, inputs = backbone.bfloat16(), inputs.bfloat16()
    with torch.autocast('cpu', torch.bfloat16, enabled=precision == 'autocast'):
        maps = backbone(inputs)
    sum(feature_map.float().square().mean() for feature_map in maps).backward()
    for name, parameter in backbone.named_parameters():
        assert parameter.grad.isfinite().all() and parameter.grad.any(), name


def test_imagenet_names_are_names_of_the_plain_resnet():
    backbone, plain = mgn(), MODELS.build(RESNET).state_dict()
    names = backbone.imagenet_names()
    assert names.keys() == backbone.state_dict().keys()
    assert set(names.values()) == plain.keys()
    for own, name in names.items():
        assert own.endswith(name) and backbone.state_dict()[own].shape == plain[name].shape
    uses = Counter(names.values())
    assert all(count == (3 if re.match(r'layer3\.[1-9]|layer4', name) else 1) for name, count in uses.items())


def test_pretrained_weights_reach_all_copies(tmp_path):
    state = MODELS.build(RESNET).state_dict()
    for value in state.values():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) * 0.1)  # variances must be positive
    torch.save(state, tmp_path / 'weights.pth')
    wrapper = MODELS.build(
        dict(
            type='OneStreamBackbone',
            backbone=dict(type='MGN', resnet=RESNET),
            pretrained=str(tmp_path / 'weights.pth'),
        )
    )
    wrapper.init_weights()
    own = wrapper.backbone.state_dict()
    for name, file_name in wrapper.backbone.imagenet_names().items():
        assert torch.equal(own[name], state[file_name]), name


@pytest.mark.parametrize('name', ['mmpretrain.MobileNetV2', 'ResNetMid'])
def test_another_network_is_refused(name):
    options = dict(depth=18) if name == 'ResNetMid' else {}
    with pytest.raises(TypeError, match='^resnet must be'):
        MODELS.build(dict(type='MGN', resnet=dict(type=name, **options)))
