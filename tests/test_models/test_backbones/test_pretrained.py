"""Weights of an ImageNet counterpart that lacks some of the network's tensors."""

import pytest
import torch
from mmpretrain.models import ResNet
from torch import nn

from mmvireid.models.backbones import load_pretrained, pretrained


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 1)
        self.bn = nn.BatchNorm2d(2)
        self.gate = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))


class Network(nn.Module):
    """Hold two blocks with new gates, two copies of an old layer, a new parameter and a new layer."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([Block(), Block()])
        self.scale = nn.Parameter(torch.ones(1))
        self.copies = nn.ModuleList([nn.Linear(2, 3), nn.Linear(2, 3)])
        self.extra = nn.Sequential(nn.Linear(2, 2))

    def imagenet_names(self) -> dict[str, str]:
        names = {}
        for name in self.state_dict():
            if name.startswith('copies.'):
                names[name] = f'last.{name.rpartition(".")[2]}'
            elif name.startswith('blocks.') and '.gate.' not in name:
                names[name] = name.replace('blocks.', 'layer')
        return names


class WithoutCounterpart(nn.Linear):
    def imagenet_names(self) -> dict[str, str]:
        return {}


def counterpart() -> dict[str, torch.Tensor]:
    """Return the weights of the counterpart: seven tensors of each block, the last layer, and a classifier."""
    names = {file_name: own for own, file_name in Network().imagenet_names().items()}
    own = Network().state_dict()
    state = {
        file_name: torch.rand_like(own[name]) if own[name].is_floating_point() else torch.tensor(9)
        for file_name, name in names.items()
    }
    return {**state, 'fc.weight': torch.rand(4, 4), 'fc.bias': torch.rand(4)}


@pytest.fixture
def lines(monkeypatch) -> list[str]:
    lines = []
    monkeypatch.setattr('mmvireid.models.backbones.pretrained.print_log', lambda line, **kwargs: lines.append(line))
    return lines


def save(path, state) -> str:
    torch.save(state, path / 'weights.pth')
    return str(path / 'weights.pth')


@pytest.mark.parametrize('prefix', ['', 'backbone.'])
def test_tensors_with_a_counterpart_are_loaded(tmp_path, lines, prefix):
    network, state = Network(), counterpart()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    path = save(tmp_path, {prefix + name: value for name, value in state.items()})
    load_pretrained(network, path)
    names = network.imagenet_names()
    for name, value in network.state_dict().items():
        assert torch.equal(value, state[names[name]] if name in names else before[name]), name
    assert torch.equal(network.copies[0].weight, network.copies[1].weight)
    # Without the counters: six tensors of each block and six of its gate, then one, four and two more.
    assert lines == [
        f"Network: 16 of 31 tensors initialized from '{path}'; new: scale, blocks.*.gate (2), extra; "
        'not used: fc.bias, fc.weight'
    ]


@pytest.mark.parametrize('prefix', ['', 'backbone.backbone.'])
def test_weights_of_the_network_itself(tmp_path, lines, prefix):
    trained, network = Network(), Network()
    path = save(tmp_path, {prefix + name: value + 1 for name, value in trained.state_dict().items()})
    load_pretrained(network, path)
    for name, value in network.state_dict().items():
        assert torch.equal(value, trained.state_dict()[name] + 1), name
    assert lines == [f"Network: all 31 tensors initialized from '{path}'; new: none; not used: none"]


@pytest.mark.parametrize('content', [[1, 2], dict(state_dict=[1]), dict(epoch=3)])
def test_a_file_without_weights(tmp_path, content):
    with pytest.raises(ValueError, match='weights.pth. holds no weights. It must hold tensors by name'):
        load_pretrained(Network(), save(tmp_path, content))


def test_a_file_of_another_kind(tmp_path):
    (tmp_path / 'weights.pth').write_text('no weights')
    with pytest.raises(ValueError, match='weights.pth. is not a file of torch.save .its first bytes are'):
        load_pretrained(Network(), str(tmp_path / 'weights.pth'))


def test_missing_tensor_and_wrong_shape(tmp_path):
    state = counterpart()
    del state['layer1.conv.weight']
    state['last.bias'] = torch.rand(4)
    with pytest.raises(ValueError) as caught:
        load_pretrained(Network(), save(tmp_path, state))
    assert "do not fit Network: 1 of 14 tensors are missing (first: ['layer1.conv.weight'])" in str(caught.value)
    assert "2 have another shape (first: ['copies.0.bias', 'copies.1.bias'])" in str(caught.value)


def test_counters_of_batches_may_be_missing(tmp_path, lines):
    state = {name: value for name, value in counterpart().items() if not name.endswith('num_batches_tracked')}
    load_pretrained(Network(), save(tmp_path, state))
    assert '16 of 31 tensors' in lines[0] and 'new: scale, blocks.*.gate (2), extra;' in lines[0]


def test_all_tensors(tmp_path, lines):
    network = nn.Sequential(nn.Linear(2, 2))
    path = save(tmp_path, network.state_dict())
    load_pretrained(network, path)
    assert lines == [f"Sequential: all 2 tensors initialized from '{path}'; new: none; not used: none"]


def test_network_without_counterpart_is_refused_before_the_file_is_opened():
    with pytest.raises(ValueError, match='^pretrained must be None: WithoutCounterpart has no counterpart'):
        load_pretrained(WithoutCounterpart(2, 2), '/none.pth')


def test_weights_of_another_network_are_refused(tmp_path):
    path = save(tmp_path, ResNet(18, base_channels=8, stem_channels=8).state_dict())
    with pytest.raises(ValueError, match='do not fit ResNet.*another shape'):
        load_pretrained(ResNet(18), path)
    with pytest.raises(ValueError, match='tensors are missing'):
        load_pretrained(ResNet(34, base_channels=8, stem_channels=8), path)


def test_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        load_pretrained(Network(), str(tmp_path / 'none.pth'))
    for words in ('none.pth', 'do not exist', ' pretrained=/path', ' pretrained=None'):
        assert words in str(caught.value)


def test_failed_download_names_the_file_and_its_folder(monkeypatch, tmp_path):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))

    def unreachable(*args, **kwargs):
        raise pretrained.URLError('no route')

    monkeypatch.setattr(torch.hub, 'urlopen', unreachable)
    with pytest.raises(FileNotFoundError) as caught:
        load_pretrained(ResNet(50), 'torchvision://resnet50')
    for words in ('resnet50-', f'{tmp_path}/hub/checkpoints', 'no route', ' pretrained=None'):
        assert words in str(caught.value)
