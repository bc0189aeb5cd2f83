import pytest
import torch

from mmvireid.models.necks import MGNNeck
from mmvireid.registry import MODELS

# Branch, first row and last row + 1 of each of the eight vectors. The maps are 12x4, 24x8 and 24x8.
REGIONS = [(0, 0, 12), (1, 0, 24), (2, 0, 24), (1, 0, 12), (1, 12, 24), (2, 0, 8), (2, 8, 16), (2, 16, 24)]


def mgn_neck(channels: int = 4, out_channels: int = 3) -> MGNNeck:
    return MODELS.build(dict(type='MGNNeck', in_channels=channels, out_channels=out_channels))


def random_maps(channels: int = 4) -> tuple[torch.Tensor, ...]:
    return tuple(
        torch.randn(5, channels, height, width, requires_grad=True) for height, width in ((12, 4), (24, 8), (24, 8))
    )


def test_globals_and_strips_by_hand():
    neck, maps = mgn_neck().eval(), random_maps()
    features = neck(maps)
    vectors = [maps[branch][:, :, start:stop].flatten(2).max(dim=2).values for branch, start, stop in REGIONS]
    assert torch.equal(features['pooled'], torch.stack(vectors[:3], dim=1))
    reduced = [
        (vector @ neck.reduction.weight[i]).relu() / (1 + neck.reduction.bn.eps) ** 0.5
        for i, vector in enumerate(vectors)
    ]
    torch.testing.assert_close(features['parts'], torch.stack(reduced[3:], dim=1))
    torch.testing.assert_close(features['embedding'], torch.cat(reduced, dim=1))


@pytest.mark.parametrize('vector', range(8))
def test_a_vector_depends_on_its_region_of_its_branch_only(vector):
    # With many channels, each row of the region has the maximum of some channel.
    neck, maps = mgn_neck(channels=512), random_maps(channels=512)
    neck(maps)['embedding'].view(5, 8, 3)[:, vector].square().sum().backward()
    branch, start, stop = REGIONS[vector]
    for index, feature_map in enumerate(maps):
        seen = (
            [] if feature_map.grad is None else feature_map.grad.abs().sum(dim=(0, 1, 3)).nonzero().flatten().tolist()
        )
        assert seen == (list(range(start, stop)) if index == branch else [])


def test_sizes_of_the_paper():
    features = MODELS.build(dict(type='MGNNeck'))(random_maps(2048))
    assert {name: tuple(feature.shape[1:]) for name, feature in features.items()} == dict(
        pooled=(3, 2048), parts=(5, 256), embedding=(2048,)
    )


def test_another_number_of_maps():
    with pytest.raises(ValueError, match='three branches, got 1: use the backbone MGN'):
        mgn_neck()(random_maps()[:1])
