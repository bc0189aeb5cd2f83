"""The contract of all backbones in the registry."""

import pytest
import torch

from mmvireid.models import backbones
from mmvireid.registry import MODELS

NARROW = dict(base_channels=8, stem_channels=8)
RESNET = dict(type='mmpretrain.ResNet', depth=18, **NARROW)
# For each registered backbone: its options, whether it takes modalities, and the shapes of its maps for 64x32 images.
CASES = {
    'TwoStreamResNet': (dict(resnet=RESNET, out_indices=(0, 3)), True, [(8, 16, 8), (64, 2, 1)]),
    'OneStreamBackbone': (dict(backbone=RESNET), True, [(64, 2, 1)]),
    'MGN': (dict(resnet=RESNET), False, [(64, 2, 1), (64, 4, 2), (64, 4, 2)]),
    'MLFN': (dict(groups=4, width_per_group=2, **NARROW), False, [(256, 2, 1), (64, 1, 1)]),
    'HACNN': (dict(channels=(16, 32, 48), stem_channels=8), False, [(48, 4, 2), (48, 4, 1)]),
    'MuDeep': (dict(), False, [(256, 4, 2)]),
    'ResNetMid': (dict(depth=18, **NARROW), False, [(64, 2, 1), (64, 2, 1)]),
}
every_backbone = pytest.mark.parametrize('name', CASES)


def build(name: str) -> torch.nn.Module:
    torch.manual_seed(0)
    return MODELS.build(dict(type=name, **CASES[name][0]))


def maps(name: str, backbone: torch.nn.Module, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
    modalities = torch.arange(len(images)) % 2
    return backbone(images, modalities) if CASES[name][1] else backbone(images)


def test_every_registered_backbone_is_tested():
    assert set(CASES) == {name for name in backbones.__all__ if name in MODELS}


@every_backbone
def test_maps_have_the_expected_shapes(name):
    outputs = maps(name, build(name), torch.randn(4, 3, 64, 32))
    assert isinstance(outputs, tuple)
    assert [tuple(output.shape) for output in outputs] == [(4, *shape) for shape in CASES[name][2]]
    assert all(output.dtype == torch.float32 and output.isfinite().all() for output in outputs)


@every_backbone
def test_gradient_reaches_every_parameter(name):
    backbone = build(name)
    sum(output.square().mean() for output in maps(name, backbone, torch.randn(4, 3, 64, 32))).backward()
    for key, parameter in backbone.named_parameters():
        assert parameter.grad.isfinite().all() and parameter.grad.any(), key


@every_backbone
def test_inference_is_deterministic_and_independent_of_the_batch(name):
    backbone, images = build(name), torch.randn(4, 3, 64, 32)
    backbone.eval()
    for once, again, alone in zip(*(maps(name, backbone, part) for part in (images, images, images[:1])), strict=True):
        assert torch.equal(once, again)
        torch.testing.assert_close(alone, once[:1], rtol=1e-4, atol=1e-5)
