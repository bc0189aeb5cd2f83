import pytest
import torch

from mmvireid.registry import MODELS

CHANNELS = 8


def test_features_by_hand():
    neck = MODELS.build(dict(type='GlobalBNNeck', in_channels=CHANNELS, pooling='gem', p=2.0)).eval()
    neck.bn.running_mean.fill_(0.5)
    neck.bn.running_var.fill_(4.0)
    maps = torch.rand(2, CHANNELS, 6, 4)
    features = neck((torch.rand(2, 3, 12, 8), maps))  # the neck pools the last map
    root_mean_square = maps.square().mean(dim=(2, 3)).sqrt()
    torch.testing.assert_close(features['pooled'], root_mean_square)
    torch.testing.assert_close(features['bn'], (root_mean_square - 0.5) / (4 + 1e-5) ** 0.5)


def test_tensors_keep_their_names():
    neck = MODELS.build(dict(type='GlobalBNNeck', in_channels=CHANNELS, pooling='gem', learn_p=True, maps=dict(map=0)))
    statistics = ['bn.running_mean', 'bn.running_var', 'bn.num_batches_tracked']
    assert list(neck.state_dict()) == ['pool.p', 'bn.weight', 'bn.bias', *statistics]


@pytest.mark.parametrize('name', ['pooled', 'bn'])
def test_map_with_the_name_of_another_feature(name):
    with pytest.raises(ValueError, match=rf"^maps: \['{name}'\] are names of the neck's own features"):
        MODELS.build(dict(type='GlobalBNNeck', in_channels=CHANNELS, maps={name: 0}))
