import pytest
import torch

from mmvireid.models.necks import FlattenNeck
from mmvireid.registry import MODELS


def neck() -> FlattenNeck:
    return MODELS.build(dict(type='FlattenNeck', in_channels=3 * 4 * 2, out_channels=5))


def test_every_activation_has_a_weight():
    flatten = neck().eval()
    maps = torch.randn(2, 3, 4, 2)
    weight = flatten.fc.linear.weight.view(5, 3, 4, 2)
    expected = torch.einsum('bchw,dchw->bd', maps, weight).relu() / (1 + 1e-5) ** 0.5
    got = flatten((torch.randn(2, 1, 8, 4), maps))['embedding']  # the neck reads the last map
    torch.testing.assert_close(got, expected)
    channels_last = maps.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(flatten((channels_last,))['embedding'], expected)


def test_images_of_another_size():
    with pytest.raises(
        ValueError, match=r'^in_channels must be 3 \* 8 \* 4, .* got 24: change in_channels or the size of the images'
    ):
        neck()((torch.randn(2, 3, 8, 4),))
