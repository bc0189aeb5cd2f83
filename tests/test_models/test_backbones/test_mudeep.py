"""MuDeep: streams with several receptive fields, and their weighted sum."""

import pytest
import torch

from mmvireid.models.backbones import MuDeep
from mmvireid.registry import MODELS


@pytest.fixture
def backbone() -> MuDeep:
    torch.manual_seed(0)
    return MODELS.build(dict(type='MuDeep'))


def images(size: int = 3) -> torch.Tensor:
    return torch.randn(size, 3, 32, 16, generator=torch.Generator().manual_seed(0))


def test_sizes():
    with torch.device('meta'):
        backbone = MODELS.build(dict(type='MuDeep'))
        (merged,) = backbone(torch.empty(2, 3, 256, 128))
    assert merged.shape == (2, 256, 16, 8)
    assert sum(p.numel() for p in backbone.parameters()) == 708_048


def test_channels_of_the_layers(backbone):
    x = backbone.stem(images())
    assert x.shape == (3, 96, 16, 8)
    assert backbone.multi_scale_a(x).shape == (3, 4 * 24, 16, 8)
    assert backbone.reduction(x).shape == (3, 256, 8, 4)
    assert {stream(torch.randn(3, 256, 8, 4)).shape for stream in backbone.multi_scale_b} == {(3, 256, 8, 4)}


def test_receptive_fields_of_the_multi_scale_layers(backbone):
    # The streams of a multi-scale layer reach 0, 1 or 2 positions from their center.
    for streams, channels, reaches in (
        (backbone.multi_scale_a, 96, [1, 1, 0, 2]),
        (backbone.multi_scale_b, 256, [1, 1, 0, 2]),
    ):
        for stream, reach in zip(streams, reaches, strict=True):
            x = torch.rand(1, channels, 7, 7, requires_grad=True)
            stream.eval()(x)[:, :, 3, 3].sum().backward()
            seen = x.grad.abs().sum(dim=(0, 1)) > 0
            assert [seen[row].any().item() for row in range(7)] == [abs(row - 3) <= reach for row in range(7)]
            assert [seen[:, column].any().item() for column in range(7)] == [abs(c - 3) <= reach for c in range(7)]


def test_learned_sum_by_hand(backbone):
    backbone.eval()
    (merged,) = backbone(images())
    x = backbone.reduction(backbone.multi_scale_a(backbone.stem(images())))
    expected = torch.zeros(3, 256, 8, 4)
    for s, stream in enumerate(backbone.multi_scale_b):
        maps = stream(x)
        for channel in range(256):
            expected[:, channel] += backbone.stream_weights[s, channel, 0, 0] * maps[:, channel]
    pooled = expected.unflatten(3, (1, 4)).unflatten(2, (2, 4)).mean(dim=(3, 5))
    torch.testing.assert_close(merged, pooled, rtol=1e-4, atol=1e-5)


def test_gradient_reaches_every_parameter(backbone):
    (merged,) = backbone(images())
    merged.square().mean().backward()
    for name, parameter in backbone.named_parameters():
        assert parameter.grad.abs().sum() > 0, name


def test_half_precision(backbone):
    backbone.eval()
    (expected,) = backbone(images())
    with torch.autocast('cpu', torch.bfloat16):
        (in_autocast,) = backbone(images())
    backbone.bfloat16()
    for merged in (in_autocast, backbone(images().bfloat16())[0]):
        torch.testing.assert_close(merged.float(), expected, rtol=0.1, atol=0.05 * expected.max().item())


def test_inference_is_deterministic_and_independent_of_the_batch(backbone):
    backbone.eval()
    (once,), (again,), (alone,) = backbone(images()), backbone(images()), backbone(images()[:1])
    assert torch.equal(once, again)
    torch.testing.assert_close(alone, once[:1])


def test_no_imagenet_weights(backbone):
    assert backbone.imagenet_names() == {}
