"""Maps that necks return as features."""

import pytest
import torch

from mmvireid.models.necks.map_selection import MapSelection
from mmvireid.registry import MODELS

CHANNELS = 8
NECKS = [
    dict(type='GlobalPoolingNeck'),
    dict(type='GlobalPoolingNeck', pooling='gem', feature='embedding'),
    dict(type='GlobalBNNeck', in_channels=CHANNELS),
]
every_neck = pytest.mark.parametrize('cfg', NECKS, ids=str)


def random_maps(*channels: int) -> tuple[torch.Tensor, ...]:
    return tuple(torch.randn(4, count, 6, 4, requires_grad=True) for count in channels)


@every_neck
def test_selected_maps_follow_the_necks_own_features_unchanged(cfg):
    plain, neck = MODELS.build(cfg), MODELS.build(dict(cfg, maps=dict(specific=0, last=-1)))
    maps = random_maps(3, CHANNELS)
    features, own = neck(maps), plain(maps)
    assert list(features) == [*own, 'specific', 'last']
    assert features['specific'] is maps[0] and features['last'] is maps[1]
    for name, tensor in own.items():
        assert torch.equal(features[name], tensor)
    (gradient,) = torch.autograd.grad(features['specific'].square().sum(), maps[0])
    torch.testing.assert_close(gradient, 2 * maps[0])


@every_neck
def test_selected_maps_are_float32(cfg):
    maps = tuple(feature_map.bfloat16() for feature_map in random_maps(3, CHANNELS))
    features = MODELS.build(dict(cfg, maps=dict(specific=0)))(maps)
    assert torch.equal(features['specific'], maps[0].float())


@every_neck
@pytest.mark.parametrize('index', [2, -2])
def test_index_without_a_map(cfg, index):
    neck = MODELS.build(dict(cfg, maps=dict(specific=index)))
    message = rf"^maps.specific={index}, but the backbone returns 2 map\(s\): .* the backbone's out_indices"
    with pytest.raises(ValueError, match=message):
        neck(random_maps(CHANNELS, CHANNELS))


@pytest.mark.parametrize('count', [1, 2, 3])
def test_last_map_has_two_indices(count):
    maps = random_maps(*range(1, count + 1))
    selected = MapSelection(dict(by_minus_one=-1, by_position=count - 1), taken=[])(maps)
    assert selected['by_minus_one'] is selected['by_position'] is maps[-1]


def test_only_map_leaves_no_second_one():
    with pytest.raises(ValueError, match=r'^maps.specific=1, but the backbone returns 1 map\(s\)'):
        MapSelection(dict(specific=1), taken=[])(random_maps(CHANNELS))


def test_taken_names():
    with pytest.raises(ValueError, match=r"^maps: \['bn', 'pooled'\] are names of the neck's own features"):
        MapSelection(dict(pooled=0, map=0, bn=0), taken=['pooled', 'bn'])
    assert MapSelection(None, taken=['pooled'])(random_maps(CHANNELS)) == {}
