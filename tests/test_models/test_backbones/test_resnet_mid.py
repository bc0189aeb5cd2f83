import pytest
import torch

from mmvireid.models.backbones import ResNetMid
from mmvireid.registry import MODELS

NARROW = dict(base_channels=8, stem_channels=8)


def images() -> torch.Tensor:
    return torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def resnet_mid(**options) -> ResNetMid:
    return MODELS.build(dict(type='ResNetMid', **NARROW, **options))


@pytest.mark.parametrize('options', [dict(depth=18), dict(depth=50), dict(depth=50, deep_stem=True)], ids=str)
def test_maps_are_the_outputs_of_the_last_layers_blocks(options):
    backbone = resnet_mid(**options)
    plain = MODELS.build(dict(type='mmpretrain.ResNet', **NARROW, **options))
    plain.load_state_dict(backbone.state_dict())
    backbone.eval(), plain.eval()
    expected = []
    for block in plain.layer4:
        block.register_forward_hook(lambda block, inputs, output: expected.append(output))
    (last,) = plain(images())
    maps = backbone(images())
    assert len(maps) == len(plain.layer4)
    for got, wanted in zip(maps, expected, strict=True):
        assert torch.equal(got, wanted)
    assert torch.equal(maps[-1], last)


@pytest.mark.parametrize('last_stride', [1, 2])
def test_maps_have_one_size(last_stride):
    maps = resnet_mid(depth=50, strides=(1, 2, 2, last_stride))(images())
    assert {feature_map.shape for feature_map in maps} == {(4, 256, 4 // last_stride, 4 // last_stride)}


@pytest.mark.parametrize('precision', ['float32', 'autocast', 'bfloat16'])
def test_gradient_of_any_map(precision):
    backbone, inputs = resnet_mid(depth=50), images()
    if precision == 'bfloat16':
        backbone, inputs = backbone.bfloat16(), inputs.bfloat16()
    for count in (1, 3):
        backbone.zero_grad()
        with torch.autocast('cpu', torch.bfloat16, enabled=precision == 'autocast'):
            maps = backbone(inputs)
        sum(feature_map.float().square().mean() for feature_map in maps[:count]).backward()
        for name, parameter in backbone.named_parameters():
            reached = not name.startswith('layer4.') or int(name.split('.')[1]) < count
            assert (parameter.grad is not None) == reached, name
            assert not reached or (parameter.grad.isfinite().all() and parameter.grad.any()), name


def test_out_indices_are_refused():
    with pytest.raises(ValueError, match='^out_indices must not be given: ResNetMid returns all blocks'):
        resnet_mid(depth=18, out_indices=(2, 3))
