"""HA-CNN's attention: soft weights by hand, and the places of the regions."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmvireid.models.layers.harmonious_attention import HardAttention, SoftAttention, crop_regions


def randomize(module: torch.nn.Module) -> torch.nn.Module:
    for value in (*module.parameters(), *module.buffers()):
        if value.is_floating_point():
            torch.nn.init.uniform_(value, 0.2, 1.0)
    return module.eval()


def normalize(x: torch.Tensor, bn: torch.nn.Module) -> torch.Tensor:
    """Apply batch norm in eval mode and ReLU to a tensor (B, C, ...)."""
    shape = (1, -1, *[1] * (x.ndim - 2))
    mean, var, weight, bias = (value.view(shape) for value in (bn.running_mean, bn.running_var, bn.weight, bn.bias))
    return ((x - mean) / (var + bn.eps).sqrt() * weight + bias).relu()


def resize(maps: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Resize bilinearly with aligned corners, number by number."""
    resized = maps.new_zeros(*maps.shape[:2], *size)
    for i in range(size[0]):
        for j in range(size[1]):
            y, x = i * (maps.shape[2] - 1) / (size[0] - 1), j * (maps.shape[3] - 1) / (size[1] - 1)
            resized[:, :, i, j] = sample(maps, y, x)
    return resized


def sample(maps: torch.Tensor, y: float, x: float) -> torch.Tensor:
    """Return the value at a position in pixels. Positions outside the map are zero."""
    total = 0
    for row in (math.floor(y), math.floor(y) + 1):
        for column in (math.floor(x), math.floor(x) + 1):
            if 0 <= row < maps.shape[2] and 0 <= column < maps.shape[3]:
                total = total + (1 - abs(y - row)) * (1 - abs(x - column)) * maps[:, :, row, column]
    return total if torch.is_tensor(total) else torch.zeros(maps.shape[:2])


def test_spatial_attention_by_hand():
    attention = randomize(SoftAttention(16)).spatial
    maps = torch.randn(2, 5, 6, 4)
    padded = F.pad(maps.mean(dim=1), (1, 1, 1, 1))
    kernel = attention.convolution.conv.weight[0, 0]
    convolved = torch.zeros(2, 1, 3, 2)
    for i in range(3):
        for j in range(2):
            convolved[:, 0, i, j] = (padded[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] * kernel).sum(dim=(1, 2))
    resized = resize(normalize(convolved, attention.convolution.bn), (6, 4))
    expected = normalize(resized * attention.scale.conv.weight.item(), attention.scale.bn)
    torch.testing.assert_close(attention(maps), expected)


def test_channel_attention_by_hand():
    attention = randomize(SoftAttention(32)).channel
    maps = torch.randn(3, 32, 4, 2)
    squeezed = maps.mean(dim=(2, 3)) @ attention.squeeze.linear.weight.T
    assert squeezed.shape == (3, 2)
    excited = normalize(squeezed, attention.squeeze.bn) @ attention.excite.linear.weight.T
    expected = normalize(excited, attention.excite.bn)
    torch.testing.assert_close(attention(maps), expected.view(3, 32, 1, 1))


def test_soft_attention_by_hand():
    attention = randomize(SoftAttention(16))
    maps = torch.randn(3, 16, 5, 3)  # odd sizes
    spatial, channel = attention.spatial(maps), attention.channel(maps)
    mixed = torch.zeros(3, 16, 5, 3)
    for out, weights in enumerate(attention.mix.conv.weight.flatten(1)):
        for into, weight in enumerate(weights):
            mixed[:, out] += weight * spatial[:, 0] * channel[:, into]
    torch.testing.assert_close(attention(maps), normalize(mixed, attention.mix.bn).sigmoid())


def test_regions_start_spread_evenly_in_every_image():
    translations = HardAttention(6, num_regions=4)(torch.randn(3, 6, 4, 2))
    expected = torch.tensor([[0, -0.75], [0, -0.25], [0, 0.25], [0, 0.75]]).tanh()
    torch.testing.assert_close(translations, expected.expand(3, -1, -1))


def test_translations_by_hand():
    attention = randomize(HardAttention(6, num_regions=2))
    maps = torch.randn(3, 6, 4, 2)
    scores = maps.mean(dim=(2, 3)) @ attention.fc.weight.T + attention.fc.bias
    expected = torch.stack([scores[:, 0:2], scores[:, 2:4]], dim=1).tanh()
    torch.testing.assert_close(attention(maps), expected)


def test_one_region_is_the_whole_map_resized():
    maps = torch.randn(2, 3, 8, 6)
    whole = crop_regions(maps, torch.zeros(2, 1, 2), (5, 7))
    torch.testing.assert_close(whole, resize(maps, (5, 7)))


def test_regions_pixel_by_pixel():
    height, width, size = 7, 4, (3, 5)
    maps, translations = torch.randn(2, 3, height, width), torch.rand(2, 2, 2) * 1.6 - 0.8
    got = crop_regions(maps, translations, size).view(2, 2, 3, *size)
    for image in range(2):
        for region in range(2):
            x0, y0 = translations[image, region].tolist()
            crop = torch.zeros(1, 3, height, width)
            for i in range(height):
                for j in range(width):
                    # Coordinates run from -1 to 1. A region has half the height and the whole width.
                    y, x = y0 + (2 * i / (height - 1) - 1) / 2, x0 + (2 * j / (width - 1) - 1)
                    crop[0, :, i, j] = sample(
                        maps[image : image + 1], (y + 1) * (height - 1) / 2, (x + 1) * (width - 1) / 2
                    )
            torch.testing.assert_close(got[image, region], resize(crop, size)[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('autocast', [False, True])
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16, torch.float16])
def test_coordinates_are_float32(dtype, autocast):
    # The value of each of the 101 rows is its coordinate. Half-precision coordinates miss by a third of a row.
    maps = torch.linspace(-1, 1, 101).view(1, 1, -1, 1).expand(1, 1, 101, 3)
    with torch.autocast('cpu', torch.bfloat16, enabled=autocast):
        got = crop_regions(maps.to(dtype), torch.tensor([[[0.0, 0.503]]]).repeat(1, 4, 1), (3, 3))
    assert got.dtype == dtype
    middle = got[:, 0, 1, 1].float()
    torch.testing.assert_close(middle, torch.full((4,), 0.503), rtol=0, atol=torch.finfo(dtype).eps)
