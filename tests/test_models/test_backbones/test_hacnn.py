"""HA-CNN: the global and the local branch."""

import pytest
import torch

from mmvireid.models.backbones import HACNN
from mmvireid.models.layers.harmonious_attention import crop_regions
from mmvireid.registry import MODELS


def network() -> HACNN:
    torch.manual_seed(0)
    return MODELS.build(dict(type='HACNN', channels=(16, 32, 48), stem_channels=8))


def images(size: int = 4, height: int = 64, width: int = 32) -> torch.Tensor:
    return torch.randn(size, 3, height, width, generator=torch.Generator().manual_seed(0))


def move_regions(backbone: HACNN) -> None:
    """Make the regions depend on the image, as after some training."""
    for stage in backbone.stages:
        torch.nn.init.normal_(stage.hard_attention.fc.weight, std=0.1)


@pytest.mark.parametrize(
    ('size', 'map_size', 'region_sizes'),
    [
        ((160, 64), (10, 4), [(24, 28), (12, 14), (6, 7)]),  # the published ones
        ((128, 64), (8, 4), [(19, 28), (10, 14), (5, 7)]),
        ((75, 37), (5, 3), [(11, 17), (6, 9), (3, 5)]),
    ],
)
def test_sizes(size, map_size, region_sizes):
    backbone, seen = network().eval(), []
    for stage in backbone.stages:
        stage.local.register_forward_pre_hook(lambda module, inputs: seen.append(tuple(inputs[0].shape[2:])))
    global_map, local = backbone(images(2, *size))
    assert global_map.shape == (2, 48, *map_size)
    assert local.shape == (2, 48, 4, 1)
    assert seen == region_sizes


def test_published_widths():
    with torch.device('meta'):
        backbone = MODELS.build(dict(type='HACNN'))
    assert [stage.soft_attention.mix.out_channels for stage in backbone.stages] == [128, 256, 384]
    assert sum(p.numel() for p in backbone.parameters()) == 1_937_346


def test_local_branch_region_by_region():
    backbone = network().eval()
    move_regions(backbone)
    inputs = images().requires_grad_()
    x = backbone.stem(inputs)
    local = [0] * 4
    for stage, size in zip(backbone.stages, [(10, 14), (5, 7), (3, 4)], strict=True):
        after = stage.inception(x)
        theta = stage.hard_attention(after)
        for region in range(4):
            crop = crop_regions(x, theta, size).view(4, 4, -1, *size)[:, region]
            local[region] = stage.local(crop + local[region])
        x = after * stage.soft_attention(after)
    expected = torch.stack([features.mean(dim=(2, 3)) for features in local], dim=2).unsqueeze(3)
    global_map, regions = backbone(inputs)
    torch.testing.assert_close(global_map, x)
    torch.testing.assert_close(regions, expected)
    gradients = [torch.autograd.grad(features.square().sum(), inputs)[0] for features in (regions, expected)]
    torch.testing.assert_close(*gradients, rtol=1e-3, atol=1e-5 * gradients[1].abs().max().item())


@pytest.mark.parametrize('region', range(4))
def test_a_region_moves_by_its_own_parameters(region):
    backbone = network().eval()  # in training the batch norms see all regions
    move_regions(backbone)
    _, local = backbone(images())
    local[:, :, region].square().sum().backward()
    for stage in backbone.stages:
        moved = stage.hard_attention.fc.weight.grad.abs().sum(dim=1) > 0
        assert moved.tolist() == [index // 2 == region for index in range(8)]


def test_gradient_reaches_every_parameter():
    backbone = network()
    global_map, local = backbone(images())
    (global_map.square().mean() + local.square().mean()).backward()
    for name, parameter in backbone.named_parameters():
        assert parameter.grad.abs().sum() > 0, name


def test_half_precision():
    backbone = network().eval()
    expected = backbone(images())
    with torch.autocast('cpu', torch.bfloat16):
        in_autocast = backbone(images())
    backbone.bfloat16()
    for cast in (in_autocast, backbone(images().bfloat16())):
        for got, exact in zip(cast, expected, strict=True):
            torch.testing.assert_close(got.float(), exact, rtol=0.1, atol=0.05 * exact.abs().max().item())


def test_inference_is_deterministic_and_independent_of_the_batch():
    backbone = network().eval()
    move_regions(backbone)
    for once, again, alone in zip(backbone(images()), backbone(images()), backbone(images()[:1]), strict=True):
        assert torch.equal(once, again)
        torch.testing.assert_close(alone, once[:1])


def test_no_imagenet_weights():
    assert network().imagenet_names() == {}
