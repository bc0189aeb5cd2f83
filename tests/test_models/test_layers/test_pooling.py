"""Pooling against float64 sums over positions, by hand, in half precision and through backward."""

import pytest
import torch

from mmvireid.models.layers import GlobalPooling, global_avg_pool, global_max_pool, part_pool

EPS = 1e-12


def naive_gem(maps: torch.Tensor, p: float | torch.Tensor) -> torch.Tensor:
    """Compute (mean(x^p) + eps)^(1/p) directly, in the precision of the maps."""
    return (maps.pow(p).mean(dim=(2, 3)) + EPS).pow(1 / p)


def gem(maps: torch.Tensor, p: float) -> torch.Tensor:
    return GlobalPooling('gem', p)(maps)


def rectified(*shape: int, scale: float = 1.0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0)).mul(scale).relu()


@pytest.mark.parametrize('pool', [global_avg_pool, global_max_pool, GlobalPooling('gem', 3.0)])
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16, torch.float16])
def test_global_pools_are_float32(pool, dtype):
    maps = rectified(2, 3, 4, 5).to(dtype)
    pooled = pool(maps)
    assert pooled.shape == (2, 3) and pooled.dtype == torch.float32
    torch.testing.assert_close(pooled, pool(maps.float()), rtol=0, atol=0)


def test_average_and_maximum():
    maps = torch.tensor([[1.0, 2.0], [3.0, 6.0]]).view(1, 1, 2, 2)
    assert global_avg_pool(maps).item() == 3.0
    assert global_max_pool(maps).item() == 6.0


def test_gem_by_hand():
    maps = torch.tensor([[1.0, 2.0], [3.0, 6.0]]).view(1, 1, 2, 2)
    # (1 + 8 + 27 + 216) / 4 = 63, and (1 + 4 + 9 + 36) / 4 = 12.5
    assert gem(maps, 3.0).item() == pytest.approx(63 ** (1 / 3))
    assert gem(maps, 2.0).item() == pytest.approx(12.5**0.5)


@pytest.mark.parametrize('scale', [1e-3, 1.0, 1e3])
@pytest.mark.parametrize('p', [1.0, 2.5, 3.0, 6.5, 10.0])
def test_gem_equals_the_formula_in_float64(p, scale):
    maps = rectified(2, 3, 6, 4, scale=scale).requires_grad_()
    exact = maps.detach().double().requires_grad_()
    exponent = torch.tensor([p], dtype=torch.float64, requires_grad=True)
    pooling = GlobalPooling('gem', p, learn_p=True)
    pooled, expected = pooling(maps), naive_gem(exact.clamp(min=1e-6), exponent)
    torch.testing.assert_close(pooled.double(), expected, rtol=1e-5, atol=2e-6)
    pooled.sum().backward()
    expected.sum().backward()
    torch.testing.assert_close(maps.grad.double(), exact.grad, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(pooling.p.grad.double(), exponent.grad, rtol=1e-3, atol=1e-5)


def test_gem_is_the_average_for_p_1_and_the_maximum_for_large_p():
    maps = rectified(2, 3, 6, 4)
    torch.testing.assert_close(gem(maps, 1.0), global_avg_pool(maps), rtol=1e-5, atol=2e-6)
    torch.testing.assert_close(gem(maps, 1000.0), global_max_pool(maps), rtol=5e-3, atol=0)


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize('p', [0.5, 3.0, 10.0])
def test_gem_neither_overflows_nor_underflows(p, dtype):
    # 6e4 to the power of 10 is 6e47, and 1e-5 to the power of 10 is 1e-50. float32 can represent neither.
    maps = rectified(2, 3, 6, 4)
    maps[0, 0] *= 2e4
    maps[0, 1] *= 1e-5
    maps[0, 2] = 0
    maps[1, 0] = 6e4
    maps[1, 1, 0, 0] = 6e4
    maps[1, 2] = -1.0
    maps = maps.to(dtype).requires_grad_()
    pooling = GlobalPooling('gem', p, learn_p=True)
    pooled = pooling(maps)
    expected = naive_gem(maps.detach().double().clamp(min=1e-6), p)
    torch.testing.assert_close(pooled.double(), expected, rtol=1e-4, atol=1e-7)
    pooled.sum().backward()
    assert maps.grad.isfinite().all() and pooling.p.grad.isfinite().all()
    assert (maps.grad[1, 0] > 0).all()
    assert (maps.grad[1, 2] == 0).all()


@pytest.mark.parametrize('p', [3.0, 10.0])
def test_gem_of_a_map_of_zeros_is_a_root_of_eps(p):
    assert gem(torch.zeros(1, 1, 3, 9), p).item() == pytest.approx(EPS ** (1 / p), rel=1e-4)


POOLS = {'avg': global_avg_pool, 'max': global_max_pool, 'gem': GlobalPooling('gem', 3.0)}


@pytest.mark.parametrize('pool', POOLS.values(), ids=POOLS)
def test_parts_that_divide_the_height(pool):
    maps = rectified(2, 3, 8, 4)
    parts = part_pool(maps, 4, pool)
    assert parts.shape == (2, 4, 3) and parts.dtype == torch.float32
    for p in range(4):
        torch.testing.assert_close(parts[:, p], pool(maps[:, :, 2 * p : 2 * p + 2]))


@pytest.mark.parametrize('pool', POOLS.values(), ids=POOLS)
@pytest.mark.parametrize(
    ('height', 'num_parts', 'rows'),
    [(16, 3, [(0, 6), (5, 11), (10, 16)]), (18, 4, [(0, 5), (4, 9), (9, 14), (13, 18)]), (5, 1, [(0, 5)])],
)
def test_parts_that_do_not_divide_the_height(pool, height, num_parts, rows):
    maps = rectified(1, 2, height, 4)
    expected = torch.stack([pool(maps[:, :, start:stop]) for start, stop in rows], dim=1)
    torch.testing.assert_close(part_pool(maps, num_parts, pool), expected)


def test_average_parts_are_adaptive_pooling():
    maps = torch.randn(2, 3, 17, 4)
    for num_parts in (2, 3, 5, 6, 17):
        adaptive = torch.nn.functional.adaptive_avg_pool2d(maps, (num_parts, 1)).squeeze(-1).transpose(1, 2)
        torch.testing.assert_close(part_pool(maps, num_parts), adaptive)


def test_pooling_module():
    maps = rectified(2, 3, 4, 4)
    for name, pool in POOLS.items():
        module = GlobalPooling(name, p=3.0)
        assert torch.equal(module(maps), pool(maps))
        assert not list(module.parameters())
    fixed, learned = GlobalPooling('gem', p=6.0), GlobalPooling('gem', p=6.0, learn_p=True)
    torch.testing.assert_close(fixed(maps), learned(maps))
    learned(maps).sum().backward()
    assert learned.p.grad.item() > 0  # a power mean grows with its exponent


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(pooling='mean'), r"^pooling must be one of .* got 'mean'"),
        (dict(pooling='max', learn_p=True), "^learn_p=True needs pooling='gem': 'max' has no p"),
        (dict(pooling='gem', p=0), '^p must be positive, got 0'),
    ],
)
def test_wrong_settings(options, message):
    with pytest.raises(ValueError, match=message):
        GlobalPooling(**options)
