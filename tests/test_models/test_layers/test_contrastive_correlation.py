"""Contrastive correlation by loops, to the letter and in closed form: the same numbers."""

import pytest
import torch
import torch.nn.functional as F

from mmvireid.models.layers.contrastive_correlation import (
    KernelGrid,
    closed_logits,
    literal_logits,
    mix_positions,
    sample_kernels,
)

GRIDS = [
    KernelGrid((8, 4)),
    KernelGrid((8, 4), stride=(3, 1)),
    KernelGrid((8, 4), stride=(5, 2)),
    KernelGrid((6, 5), (2, 3), (2, 1)),
    KernelGrid((5, 7), (1, 1), (2, 3)),
    KernelGrid((3, 3)),
    KernelGrid((4, 3), (4, 2)),
]
every_grid = pytest.mark.parametrize('grid', GRIDS, ids=str)


def pairs(grid: KernelGrid, dtype: torch.dtype, batch: int = 3, channels: int = 6) -> list[torch.Tensor]:
    """Two maps of each pair, and weights; all with a gradient."""
    generator = torch.Generator().manual_seed(sum(grid.map_size))
    shapes = [(batch, channels, *grid.map_size)] * 2 + [(len(grid.kernels), len(grid.patches))]
    return [torch.randn(shape, generator=generator, dtype=dtype).requires_grad_() for shape in shapes]


def naive_logit(a: torch.Tensor, b: torch.Tensor, weight: torch.Tensor, grid: KernelGrid, normalize: bool):
    """Algorithm 1 and Eqs. 2-6 for one pair (C, h, w), in loops."""
    (kh, kw), (sv, sh), (h, w) = grid.kernel_size, grid.stride, grid.map_size
    kernels = []
    for i in range(0, h - kh + 1, sv):
        for j in range(0, w - kw + 1, sh):
            own, other = (m[:, i : i + kh, j : j + kw] for m in (a, b))
            if normalize:
                own, other = own / own.norm(), other / other.norm()
            kernels.append((own - other).abs())
    correlations = F.conv2d(a[None], torch.stack(kernels)).flatten(2)[0]
    return (weight * correlations).sum()


@every_grid
@pytest.mark.parametrize('normalize', [False, True])
def test_literal_form_is_the_algorithm(grid, normalize):
    a, b, weight = pairs(grid, torch.float64)
    got = literal_logits(a, b, weight, grid, normalize)
    expected = [
        torch.stack([naive_logit(x, y, weight, grid, normalize) for x, y in zip(*order, strict=True)])
        for order in ((a, b), (b, a))
    ]
    for found, value in zip(got, expected, strict=True):
        torch.testing.assert_close(found, value)


def test_number_of_kernels_follows_algorithm_1():
    """Kernels 3x3 of a map 8x4: not the paper's 12, 8, 6, 4, 2."""
    assert [len(KernelGrid((8, 4), stride=(v, 1)).kernels) for v in range(1, 6)] == [12, 6, 4, 4, 4]


@every_grid
@pytest.mark.parametrize('dtype, tolerance', [(torch.float32, 1e-5), (torch.float64, 1e-10)])
def test_closed_form_is_the_literal_form(grid, dtype, tolerance):
    """Values, and gradients of both maps and the weights; relative to the largest."""
    a, b, weight = pairs(grid, dtype)
    mixed = [mix_positions(maps, weight, grid) for maps in (a, b)]
    forms = literal_logits(a, b, weight, grid), closed_logits(a, b, *mixed)
    upstream = torch.tensor([[1.0, -2.0, 0.5], [0.3, 1.0, 2.0]], dtype=dtype)
    results = []
    for form in forms:
        loss = (torch.stack(form) * upstream).sum()
        results.append([torch.stack(form), *torch.autograd.grad(loss, (a, b, weight))])
    for literal, closed in zip(*results, strict=True):
        assert (literal - closed).abs().max() <= tolerance * literal.abs().max()


def test_weights_of_either_side():
    grid = GRIDS[0]
    a, b, weight = pairs(grid, torch.float64)
    own, others = literal_logits(a, b, torch.stack([weight, 2 * weight]), grid)
    torch.testing.assert_close(own, literal_logits(a, b, weight, grid)[0])
    torch.testing.assert_close(others, 2 * literal_logits(a, b, weight, grid)[1])


def test_an_image_paired_with_itself_has_no_contrast():
    grid = GRIDS[0]
    a, _, weight = pairs(grid, torch.float32)
    for form in (literal_logits(a, a, weight, grid), closed_logits(a, a, *[mix_positions(a, weight, grid)] * 2)):
        assert all((side == 0).all() for side in form)


def test_kernels_by_hand():
    grid = KernelGrid((3, 2), (2, 1), (1, 1))
    maps = torch.arange(6.0).view(1, 1, 3, 2)
    assert sample_kernels(maps, grid).view(4, 2).tolist() == [[0, 2], [1, 3], [2, 4], [3, 5]]


@pytest.mark.parametrize(
    'options, message', [(dict(kernel_size=(4, 5)), 'do not fit'), (dict(stride=(0, 1)), 'must be positive')]
)
def test_grids_that_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        KernelGrid((8, 4), **options)
