"""MLFN: a ResNeXt whose groups have gates."""

import pytest
import torch
from mmpretrain.models import ResNeXt

from mmvireid.models.backbones import MLFN, load_pretrained
from mmvireid.registry import MODELS

WIDTHS = dict(groups=4, width_per_group=2, base_channels=8, stem_channels=8)
ALWAYS_OPEN = 40.0  # the sigmoid of this number is 1


def network(**options) -> MLFN:
    return MODELS.build(dict(type='MLFN', **{**WIDTHS, **options}))


def images(size: int = 4) -> torch.Tensor:
    return torch.randn(size, 3, 64, 32, generator=torch.Generator().manual_seed(0))


def fix_gates(module: torch.nn.Module, value: float) -> None:
    for name, selection in module.named_modules():
        if name.endswith('factor_selection'):
            torch.nn.init.zeros_(selection.bn.weight)
            torch.nn.init.constant_(selection.bn.bias, value)


@pytest.mark.parametrize(('last_stride', 'size'), [(2, (2, 1)), (1, (4, 2))])
def test_the_last_map_and_the_gates_of_all_blocks(last_stride, size):
    backbone = network(strides=(1, 2, 2, last_stride))
    last_map, gates = backbone(images())
    assert last_map.shape == (4, 256, *size) and backbone.feat_dim == 256
    assert gates.shape == (4, 64, 1, 1) and backbone.num_gates == 64
    assert 0 < gates.min() and gates.max() < 1


def test_gates_come_block_after_block():
    backbone = network()
    blocks = [block for name in backbone.res_layers for block in getattr(backbone, name)]
    for index, block in enumerate(blocks):
        fix_gates(block, (index - 8) / 4)
    _, gates = backbone(images())
    expected = ((torch.arange(16) - 8) / 4).sigmoid().repeat_interleave(4)
    torch.testing.assert_close(gates.flatten(1), expected.expand(4, -1))


def test_open_gates_leave_a_plain_resnext():
    plain, backbone = ResNeXt(50, **WIDTHS), network()
    for value in plain.state_dict().values():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) * 0.2)  # variances must be positive
    missing, unexpected = backbone.load_state_dict(plain.state_dict(), strict=False)
    assert not unexpected and all('.factor_selection.' in name for name in missing)
    plain.eval(), backbone.eval()
    (expected,) = plain(images())
    assert not torch.allclose(backbone(images())[0], expected)
    fix_gates(backbone, ALWAYS_OPEN)
    torch.testing.assert_close(backbone(images())[0], expected, rtol=1e-4, atol=1e-4)


def test_weights_of_resnext50_fit_all_but_the_factor_selection():
    plain, backbone = ResNeXt(50, groups=32, width_per_group=4), MLFN()
    names, own = backbone.imagenet_names(), backbone.state_dict()
    assert names == {name: name for name in plain.state_dict()}
    assert all(own[name].shape == tensor.shape for name, tensor in plain.state_dict().items())
    assert own.keys() - names.keys() == {name for name in own if '.factor_selection.' in name}
    count = sum(p.numel() for p in plain.parameters())
    factor_selection = sum(p.numel() for name, p in backbone.named_parameters() if name not in names)
    assert (count, factor_selection) == (22_979_904, 6_859_136)
    assert sum(p.numel() for p in backbone.parameters()) == count + factor_selection


def test_loaded_weights(tmp_path):
    state = ResNeXt(50, **WIDTHS).state_dict()
    torch.save(state, tmp_path / 'weights.pth')
    backbone = network()
    selection = backbone.layer2[1].factor_selection.linear.weight.clone()
    load_pretrained(backbone, str(tmp_path / 'weights.pth'))
    own = backbone.state_dict()
    assert all(torch.equal(own[name], tensor) for name, tensor in state.items())
    assert torch.equal(backbone.layer2[1].factor_selection.linear.weight, selection)


def test_hidden_layers_of_the_factor_selection_have_the_published_widths():
    backbone = MLFN()
    for name, widths in dict(layer1=(128, 64), layer2=(256, 128), layer3=(512, 128), layer4=(512, 128)).items():
        for block in getattr(backbone, name):
            assert tuple(layer.linear.out_features for layer in block.factor_selection.hidden) == widths


def test_a_gate_multiplies_its_group_and_no_other():
    block = network(stem_channels=16, width_per_group=3).layer1[0]
    x, gated = torch.randn(5, 16, 6, 4), []
    block.conv3.register_forward_pre_hook(lambda module, inputs: gated.append(inputs[0]))
    _, gates = block(x)
    expected = block.norm2(block.conv2(block.norm1(block.conv1(x)).relu())).relu()
    assert expected.shape[1] == 12 and gates.shape == (5, 4, 1, 1)
    for image in range(5):
        for group in range(4):
            for channel in range(3 * group, 3 * group + 3):
                expected[image, channel] *= gates[image, group].item()
    torch.testing.assert_close(gated[0], expected)


def test_gates_by_hand():
    selection = network().layer1[0].factor_selection
    x = torch.randn(5, 8, 4, 2)
    layers = [*((layer.linear, layer.bn) for layer in selection.hidden), (selection.linear, selection.bn)]
    vector = x.double().mean(dim=(2, 3))
    for index, (linear, bn) in enumerate(layers):
        vector = vector @ linear.weight.double().T
        vector = (vector - vector.mean(0)) / (vector.var(0, unbiased=False) + bn.eps).sqrt()
        vector = vector.sigmoid() if index == 2 else vector.relu()
    torch.testing.assert_close(selection(x).double(), vector[:, :, None, None], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('output', [0, 1])
def test_gradient_reaches_every_parameter(output):
    backbone = network()
    backbone(images())[output].square().mean().backward()
    last = 'layer4.2.'  # the gates are computed before it
    for name, parameter in backbone.named_parameters():
        beyond = output == 1 and name.startswith(last) and 'factor_selection' not in name
        assert beyond or parameter.grad.abs().sum() > 0, name


def test_half_precision():
    backbone = network()
    backbone.eval()
    last_map, gates = backbone(images())
    with torch.autocast('cpu', torch.bfloat16):
        in_autocast = backbone(images())
    assert [tensor.dtype for tensor in in_autocast] == [torch.bfloat16, torch.float32]
    backbone.bfloat16()
    for cast in (in_autocast, backbone(images().bfloat16())):
        torch.testing.assert_close(cast[0].float(), last_map, rtol=0.1, atol=0.1 * last_map.max().item())
        torch.testing.assert_close(cast[1].float(), gates, rtol=0, atol=0.03)


def test_inference_is_deterministic_and_independent_of_the_batch():
    backbone = network()
    backbone.eval()
    for once, again, alone in zip(backbone(images()), backbone(images()), backbone(images()[:1]), strict=True):
        assert torch.equal(once, again)
        torch.testing.assert_close(alone, once[:1])
