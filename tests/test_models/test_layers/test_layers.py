import pytest
import torch

from mmvireid.models.layers import PartReduction, build_bn_neck, build_non_local


def test_bn_neck_shift():
    assert not build_bn_neck(4).bias.requires_grad
    assert build_bn_neck(4, shift=True).bias.requires_grad


def non_local(channels: int, reduction: int) -> torch.nn.Module:
    return build_non_local(channels, reduction, norm_cfg=dict(type='BN'))


@pytest.mark.parametrize('reduction', [2, 8, 1000])
def test_non_local_block_is_a_dot_product_over_positions(reduction):
    block = non_local(8, reduction)
    inner = max(8 // reduction, 1)
    for value in block.parameters():
        torch.nn.init.normal_(value)
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
def test_new_non_local_block_is_not_drowned_by_the_norms_epsilon(reduction):
    # Otherwise the scale, which starts at zero, has no gradient worth the name.
    block = non_local(1024, reduction)
    outputs = []
    block.conv_out.conv.register_forward_hook(lambda module, inputs, output: outputs.append(output))
    block(torch.randn(4, 1024, 18, 9).relu())
    assert outputs[0].std() > 0.05 * block.conv_out.norm.eps**0.5


def test_parts_are_reduced_apart():
    reduction = PartReduction(num_parts=3, in_channels=5, out_channels=4)
    parts = torch.randn(6, 3, 5)
    got = reduction(parts)
    assert got.shape == (6, 3, 4)
    for p in range(3):
        reduced = parts[:, p].double() @ reduction.weight[p].double()
        normalized = (reduced - reduced.mean(0)) / (reduced.var(0, unbiased=False) + reduction.bn.eps).sqrt()
        torch.testing.assert_close(got[:, p].double(), normalized.relu(), rtol=1e-4, atol=1e-5)


def test_part_reduction_starts_by_the_number_of_inputs():
    torch.manual_seed(0)
    weight = PartReduction(num_parts=6, in_channels=512, out_channels=256).weight
    for p in range(6):
        assert weight[p].std().item() == pytest.approx((2 / 512) ** 0.5, rel=0.02)


def test_part_reduction_is_float32_under_autocast():
    reduction = PartReduction(num_parts=2, in_channels=512, out_channels=8)
    parts = torch.randn(4, 2, 512)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        got = reduction(parts)
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, reduction(parts))
