import pytest
import torch

from mmvireid.registry import MODELS


def test_embedding_by_hand():
    neck = MODELS.build(dict(type='ResMidNeck', in_channels=2, num_mid=2, mid_channels=3)).eval()
    neck.reduction.linear.weight.data = torch.tensor(
        [[1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0, 1.0], [-1.0, 0.0, 0.0, 0.0]]
    )
    maps = [torch.zeros(1, 2, 2, 2) for _ in range(3)]
    maps[0][0] = torch.tensor([[[4.0, 0.0], [0.0, 0.0]], [[1.0, 3.0], [5.0, 7.0]]])  # averages 1 and 4
    maps[1][0] = torch.tensor([[[2.0, 2.0], [2.0, 2.0]], [[0.0, 8.0], [0.0, 0.0]]])  # 2 and 2
    maps[2][0] = torch.tensor([[[9.0, 3.0], [0.0, 0.0]], [[-4.0, 0.0], [0.0, 0.0]]])  # 3 and -1, without a change
    features = neck(tuple(maps))
    mid = torch.tensor([1.0 * 1 + 2 * 4 + 3 * 2 + 4 * 2, 2.0, 0.0]) / (1 + 1e-5) ** 0.5
    torch.testing.assert_close(features['embedding'], torch.cat([mid, torch.tensor([3.0, -1.0])]).view(1, 5))


def test_sizes_of_the_paper():
    neck = MODELS.build(dict(type='ResMidNeck'))
    assert neck(tuple(torch.randn(2, 2048, 7, 7) for _ in range(3)))['embedding'].shape == (2, 3072)


@pytest.mark.parametrize('count', [1, 2, 4])
def test_another_number_of_maps(count):
    neck = MODELS.build(dict(type='ResMidNeck', in_channels=2))
    with pytest.raises(ValueError, match=f'^num_mid=2 needs 3 maps, got {count}: .* ResNetMid'):
        neck(tuple(torch.randn(2, 2, 7, 7) for _ in range(count)))
