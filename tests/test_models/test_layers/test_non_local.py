import pytest
import torch
from torch import nn

from mmvireid.models.layers import insert_non_local


def non_local(channels: int, reduction: int) -> nn.Module:
    """Build a non-local block: insert it into a layer of one block."""
    layer = nn.Sequential(nn.Conv2d(channels, channels, 1))
    return insert_non_local(layer, 1, reduction, norm_cfg=dict(type='BN')).non_local0


@pytest.mark.parametrize('reduction', [2, 8, 1000])
def test_non_local_block_is_a_dot_product_over_positions(reduction):
    block = non_local(8, reduction)
    inner = max(8 // reduction, 1)
    for value in block.parameters():
        nn.init.normal_(value)
    maps = torch.randn(2, 8, 3, 5)
    block.eval()

    x = maps.double().flatten(2)  # (B, C, N)
    convolutions = (block.theta.conv, block.phi.conv, block.g.conv)
    weights = [c.weight.double().view(inner, 8) for c in convolutions]
    biases = [c.bias.double().view(inner, 1) for c in convolutions]
    expected = x.clone()
    w, norm = block.conv_out.conv.weight.double().view(8, inner), block.conv_out.norm
    for b in range(2):
        theta, phi, g = (weight @ x[b] + bias for weight, bias in zip(weights, biases, strict=True))
        for i in range(15):
            y = sum((theta[:, i] @ phi[:, j]) * g[:, j] for j in range(15)) / 15
            expected[b, :, i] += (w @ y) / (1 + norm.eps) ** 0.5 * norm.weight.double() + norm.bias.double()
    torch.testing.assert_close(block(maps).double().flatten(2), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('training', [False, True])
@pytest.mark.parametrize('reduction', [2, 1000])
def test_new_non_local_block_is_exactly_the_identity(training, reduction):
    block = non_local(16, reduction).train(training)
    maps = torch.randn(2, 16, 4, 4)
    assert torch.equal(block(maps), maps)


@pytest.mark.parametrize('reduction', [2, 1024])
def test_new_non_local_block_is_larger_than_the_epsilon_of_its_norm(reduction):
    # Otherwise the gradient of the scale, which starts at zero, is almost zero.
    block = non_local(1024, reduction)
    outputs = []
    block.conv_out.conv.register_forward_hook(lambda module, inputs, output: outputs.append(output))
    block(torch.randn(4, 1024, 18, 9).relu())
    assert outputs[0].std() > 0.05 * block.conv_out.norm.eps**0.5


@pytest.mark.parametrize('count', [0, 1, 3])
def test_blocks_follow_the_last_blocks_of_the_layer(count):
    layer = nn.Sequential(*(nn.Conv2d(4, 4, 1) for _ in range(3)))
    extended = insert_non_local(layer, count, 2, norm_cfg=dict(type='BN'))
    expected = {0: ['0', '1', '2'], 1: ['0', '1', '2', 'non_local2']}
    expected[3] = ['0', 'non_local0', '1', 'non_local1', '2', 'non_local2']
    assert [name for name, _ in extended.named_children()] == expected[count]
    assert all(extended.get_submodule(str(index)) is block for index, block in enumerate(layer))
