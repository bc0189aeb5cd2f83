"""Non-local blocks in the stages of a two-stream ResNet."""

import pytest
import torch
from mmcv.cnn import NonLocal2d

from mmvireid.models.backbones import TwoStreamResNet
from mmvireid.registry import MODELS

RESNET = dict(type='mmpretrain.ResNet', depth=50, base_channels=8, stem_channels=8)
AGW = dict(layer2=2, layer3=3)
BLOCKS = ['layer2.non_local2', 'layer2.non_local3', *(f'layer3.non_local{index}' for index in (3, 4, 5))]


def two_stream(split: int = 1, non_local: dict | None = AGW, **options) -> TwoStreamResNet:
    return MODELS.build(dict(type='TwoStreamResNet', resnet=RESNET, split=split, non_local=non_local, **options))


def images(n: int = 4) -> torch.Tensor:
    return torch.randn(n, 3, 64, 32, generator=torch.Generator().manual_seed(0))


def non_local_blocks(module: torch.nn.Module) -> dict[str, NonLocal2d]:
    return {name: block for name, block in module.named_modules() if isinstance(block, NonLocal2d)}


@pytest.mark.parametrize('split', range(6))
def test_blocks_have_the_places_of_agw_once_in_each_stream(split):
    backbone = two_stream(split)
    doubled = [name for name in BLOCKS if int(name[5]) < split]
    assert list(non_local_blocks(backbone.visible)) == list(non_local_blocks(backbone.infrared)) == doubled
    assert list(non_local_blocks(backbone.shared)) == BLOCKS[len(doubled) :]
    for name in doubled:
        own, other = (stream.get_submodule(name).g.conv.weight for stream in (backbone.visible, backbone.infrared))
        assert own is not other


def test_a_block_follows_its_residual_block():
    order = list(two_stream(1).shared.layer3._modules)
    assert order == ['0', '1', '2', '3', 'non_local3', '4', 'non_local4', '5', 'non_local5']


@pytest.mark.parametrize('split', [0, 1, 3, 5])
def test_pretrained_weights_fit_and_new_blocks_are_the_identity(split, tmp_path, monkeypatch):
    plain = MODELS.build(RESNET)
    state = plain.state_dict()
    for value in state.values():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) * 0.1)  # variances must be positive
    torch.save(state, tmp_path / 'weights.pth')
    lines = []
    for module in ('two_stream_resnet', 'pretrained'):
        monkeypatch.setattr(f'mmvireid.models.backbones.{module}.print_log', lambda line, **kwargs: lines.append(line))

    backbone = two_stream(split, pretrained=str(tmp_path / 'weights.pth'))
    backbone.init_weights()

    plain.eval(), backbone.eval()
    for modality in (0, 1):
        (maps,) = backbone(images(), torch.full((4,), modality))
        torch.testing.assert_close(maps, plain(images())[0])
    tensors = sum(not name.endswith('num_batches_tracked') for name in state)
    assert f'ResNet: all {tensors} tensors initialized' in lines[0]
    account, _, names = lines[1].partition(
        ': new blocks, not in the pretrained weights, which first return their input: '
    )
    assert account == 'TwoStreamResNet'
    assert names.split(', ') == list(non_local_blocks(backbone))


def test_init_weights_starts_both_streams_equal():
    backbone = two_stream(5)
    before = backbone.visible.state_dict()['layer3.non_local5.theta.conv.weight'].clone()
    backbone.init_weights()
    for a, b in zip(backbone.visible.state_dict().values(), backbone.infrared.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(backbone.visible.state_dict()['layer3.non_local5.theta.conv.weight'], before)


@pytest.mark.parametrize('memory_format', [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize('reduction', [2, 1024])
def test_blocks_learn(memory_format, reduction):
    # A new block has a gradient only for the scale and shift of its norm. After one step all tensors have a gradient.
    backbone = two_stream(1, non_local_reduction=reduction).to(memory_format=memory_format)
    for step in range(2):
        (maps,) = backbone(images().contiguous(memory_format=memory_format), torch.tensor([0, 1, 0, 1]))
        backbone.zero_grad()
        maps.square().mean().backward()
        for name, block in non_local_blocks(backbone).items():
            assert block.conv_out.norm.weight.grad.abs().max() > 0, name
            assert (block.theta.conv.weight.grad.abs().max() > 0) == (step > 0), name
            block.conv_out.norm.weight.data -= 0.1 * block.conv_out.norm.weight.grad.sign()


def test_one_inner_channel():
    blocks = non_local_blocks(two_stream(1, non_local_reduction=1024))
    assert {block.inter_channels for block in blocks.values()} == {1}
    assert all(block.g.conv.out_channels == block.theta.conv.out_channels == 1 for block in blocks.values())


def test_no_blocks_in_a_layer():
    assert list(non_local_blocks(two_stream(1, dict(layer2=0, layer3=1)))) == ['shared.layer3.non_local5']
    assert not non_local_blocks(two_stream(1, None))
