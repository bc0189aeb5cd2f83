import pytest
import torch

from mmvireid.registry import MODELS


@pytest.mark.parametrize('name', ['pooled', 'embedding'])
def test_pooled_last_map_by_hand(name):
    maps = torch.tensor([[1.0, 2.0], [3.0, 6.0]]).expand(2, 3, 2, 2)
    for options, expected in (
        (dict(), 3.0),
        (dict(pooling='max'), 6.0),
        (dict(pooling='gem'), 63 ** (1 / 3)),
        (dict(pooling='gem', p=2.0), 12.5**0.5),
    ):
        neck = MODELS.build(dict(type='GlobalPoolingNeck', feature=name, **options))
        features = neck((torch.rand(2, 5, 4, 4), maps))
        assert list(features) == [name] and not neck.state_dict()
        torch.testing.assert_close(features[name], torch.full((2, 3), expected))


def test_exponent_is_learned_under_its_old_name():
    neck = MODELS.build(dict(type='GlobalPoolingNeck', pooling='gem', p=2.0, learn_p=True))
    assert {name: value.tolist() for name, value in neck.state_dict().items()} == {'pool.p': [2.0]}


def test_unknown_pooling():
    with pytest.raises(ValueError, match=r"^pooling must be one of .* got 'mean'"):
        MODELS.build(dict(type='GlobalPoolingNeck', pooling='mean'))


def test_map_with_the_name_of_the_pooled_feature():
    with pytest.raises(ValueError, match=r"^maps: \['embedding'\] are names of the neck's own features"):
        MODELS.build(dict(type='GlobalPoolingNeck', feature='embedding', maps=dict(embedding=-1)))
    MODELS.build(dict(type='GlobalPoolingNeck', feature='embedding', maps=dict(pooled=-1)))
