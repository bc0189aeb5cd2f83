"""Contrastive correlation in loops, in the paper's form and in closed form: the numbers agree."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from mmvireid.models.layers import (
    KernelGenerator,
    KernelGrid,
    closed_logits,
    contrastive_correlations,
    literal_logits,
    mix_positions,
    sample_kernels,
    weigh_patches,
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
    """Return the maps of each pair and the weights, all with gradient. float32 sums must not cancel: no negatives."""
    generator = torch.Generator().manual_seed(sum(grid.map_size))
    shapes = [(batch, channels, *grid.map_size)] * 2 + [(len(grid.kernels), len(grid.patches))]
    drawn = [torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes]
    return [(values.abs() if dtype == torch.float32 else values).requires_grad_() for values in drawn]


def naive_logit(a: torch.Tensor, b: torch.Tensor, weight: torch.Tensor, grid: KernelGrid, normalize: bool):
    """Compute Algorithm 1 and Eqs. 2-6 for one pair (C, h, w) in loops."""
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
def test_literal_form_equals_the_algorithm(grid, normalize):
    a, b, weight = pairs(grid, torch.float64)
    got = literal_logits(a, b, weight, grid, normalize)
    expected = [
        torch.stack([naive_logit(x, y, weight, grid, normalize) for x, y in zip(*order, strict=True)])
        for order in ((a, b), (b, a))
    ]
    for found, value in zip(got, expected, strict=True):
        torch.testing.assert_close(found, value)


@st.composite
def any_grid(draw) -> KernelGrid:
    size = st.tuples(st.integers(1, 9), st.integers(1, 9))
    map_size, stride = draw(size), draw(size)
    return KernelGrid(map_size, tuple(draw(st.integers(1, side)) for side in map_size), stride)


def assert_equal_with_gradients(forms, inputs: list[torch.Tensor], tolerance: float) -> None:
    """Compare values and input gradients of two forms of the logits, relative to the largest number of each tensor."""
    results = []
    for form in forms:
        logits = torch.stack(form)
        upstream = torch.linspace(0.5, 2, logits.numel(), dtype=logits.dtype).view_as(logits)
        results.append([logits, *torch.autograd.grad((logits * upstream).sum(), inputs)])
    for literal, closed in zip(*results, strict=True):
        assert (literal - closed).abs().max() <= tolerance * literal.abs().max()


every_precision = pytest.mark.parametrize('dtype, tolerance', [(torch.float32, 1e-5), (torch.float64, 1e-10)])


@every_precision
@settings(deadline=None, max_examples=60, derandomize=True)
@given(grid=any_grid(), batch=st.integers(2, 4), channels=st.integers(1, 40))
def test_closed_form_equals_the_literal_form(grid, batch, channels, dtype, tolerance):
    a, b, weight = pairs(grid, dtype, batch, channels)
    mixed = [mix_positions(maps, weight, grid) for maps in (a, b)]
    assert_equal_with_gradients(
        (literal_logits(a, b, weight, grid), closed_logits(a, b, *mixed)), [a, b, weight], tolerance
    )


@every_precision
def test_closed_form_equals_the_literal_form_at_full_size(dtype, tolerance):
    grid = GRIDS[0]
    a, b, weight = pairs(grid, dtype, batch=2, channels=2048)
    mixed = [mix_positions(maps, weight, grid) for maps in (a, b)]
    assert_equal_with_gradients(
        (literal_logits(a, b, weight, grid), closed_logits(a, b, *mixed)), [a, b, weight], tolerance
    )


@every_precision
@settings(deadline=None, max_examples=30, derandomize=True)
# Few channels may give a kernel of length almost 0, and the normalization amplifies its rounding.
@given(grid=any_grid(), channels=st.integers(8, 16))
def test_closed_form_of_normalized_kernels(grid, channels, dtype, tolerance):
    """Check normalized kernels, with one set of weights for each image."""
    a, b, weight = pairs(grid, dtype, 3, channels)
    kernels = [sample_kernels(maps, grid, normalize=True) for maps in (a, b)]
    weights = [weigh_patches(maps, weight.expand(3, -1, -1), grid) for maps in (a, b)]
    assert_equal_with_gradients(
        (literal_logits(a, b, weight, grid, normalize=True), closed_logits(*kernels, *weights)),
        [a, b, weight],
        tolerance,
    )


def test_mixed_positions_are_wrong_for_normalized_kernels():
    grid = GRIDS[0]
    a, b, weight = pairs(grid, torch.float64)
    closed = closed_logits(a, b, *[mix_positions(maps, weight, grid) for maps in (a, b)])[0]
    literal = literal_logits(a, b, weight, grid, normalize=True)[0]
    assert ((closed / literal)[1:] / (closed / literal)[0] - 1).abs().min() > 1e-3  # they differ by more than a factor


def test_each_image_may_have_its_own_weights():
    grid = GRIDS[3]
    a, b, weight = pairs(grid, torch.float64)
    own = torch.stack([weight, 2 * weight, -weight])
    mixed = mix_positions(a, own, grid)
    for index, factor in enumerate((1, 2, -1)):
        torch.testing.assert_close(mixed[index], factor * mix_positions(a, weight, grid)[index])


def test_contrastive_correlations_have_the_places_of_a_convolution():
    grid = GRIDS[3]
    a, b, _ = pairs(grid, torch.float64)
    kernels = [sample_kernels(maps, grid) for maps in (a, b)]
    own, others = contrastive_correlations(a, b, *kernels, grid)
    filters = (kernels[0] - kernels[1]).abs()[0].unflatten(-1, grid.kernel_size)
    expected = F.conv2d(torch.stack([a[0], b[0]]), filters)
    assert expected.shape[-2:] == grid.place_size and expected.shape[1] == grid.num_kernels
    torch.testing.assert_close(torch.stack([own[0], others[0]]), expected.flatten(2))


def test_generator_has_one_layer_for_each_channel():
    generator = KernelGenerator(channels=3, num_weights=4)
    kernels = torch.randn(2, 2, 3, 2)  # (B, K, C, n)
    generated = generator(kernels)
    for image in range(2):
        for channel in range(3):
            sampled = kernels[image, :, channel].flatten()
            expected = sampled @ generator.weight[channel] + generator.bias[channel, 0]
            torch.testing.assert_close(generated[image, :, channel].flatten(), expected)


def test_both_sides_may_have_their_own_weights():
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
