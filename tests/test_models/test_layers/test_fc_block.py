import pytest
import torch

from mmvireid.models.layers import FCBlock


@pytest.mark.parametrize('shape', [(12, 5), (6, 2, 5), (3, 2, 2, 5)])
def test_linear_batch_norm_and_relu_over_all_vectors(shape):
    block = FCBlock(5, 4)
    block.bn.weight.data.uniform_(0.5, 2)
    block.bn.bias.data.normal_()
    x = torch.randn(*shape)
    reduced = x.view(12, 5).double() @ block.linear.weight.double().T
    normalized = (reduced - reduced.mean(0)) / (reduced.var(0, unbiased=False) + block.bn.eps).sqrt()
    expected = (normalized * block.bn.weight.double() + block.bn.bias.double()).relu()
    torch.testing.assert_close(block(x).double(), expected.view(*shape[:-1], 4), rtol=1e-4, atol=1e-5)


def test_a_pooled_vector_gets_a_1x1_convolution():
    block = FCBlock(5, 4).eval()
    convolution = torch.nn.functional.conv2d(torch.ones(2, 5, 1, 1), block.linear.weight[:, :, None, None])
    expected = convolution.flatten(1).relu() / (1 + block.bn.eps) ** 0.5
    torch.testing.assert_close(block(torch.ones(2, 5)), expected)


def test_only_the_batch_norm_has_a_bias():
    assert [name for name, _ in FCBlock(5, 4).named_parameters()] == ['linear.weight', 'bn.weight', 'bn.bias']


def test_initial_scale_follows_the_number_of_inputs():
    torch.manual_seed(0)
    assert FCBlock(512, 256).linear.weight.std().item() == pytest.approx((2 / 512) ** 0.5, rel=0.02)


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_result_is_float32_under_autocast(dtype):
    block = FCBlock(512, 8)
    x = torch.randn(4, 512).to(dtype)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        got = block(x)
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, block(x.float()))


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
@pytest.mark.parametrize('training', [True, False])
def test_block_in_half_precision(dtype, training):
    block = FCBlock(8, 4).train(training)
    x = torch.randn(16, 8)
    expected = block(x).detach()
    got = block.to(dtype)(x)
    assert got.dtype == dtype
    torch.testing.assert_close(got.float(), expected, rtol=0.05, atol=0.05)
    got.float().sum().backward()
    assert block.linear.weight.grad.isfinite().all()
