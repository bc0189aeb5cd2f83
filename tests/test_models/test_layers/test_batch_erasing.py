from collections import Counter

import pytest
import torch

from mmvireid.models.layers import BatchErasing


def box(erased: torch.Tensor) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right of the zeros. Check that they are the same box in all maps."""
    assert torch.equal(erased, erased[:1, :1].expand_as(erased))
    zero = erased[0, 0] == 0
    rows, columns = zero.any(dim=1).nonzero().flatten(), zero.any(dim=0).nonzero().flatten()
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    assert zero[top:bottom, left:right].all() and zero.sum() == (bottom - top) * (right - left)
    return top, bottom, left, right


@pytest.mark.parametrize(
    ('ratios', 'shape', 'size'),
    [
        ((0.33, 1.0), (16, 8), (5, 8)),  # BFE: 5.28 rows
        ((0.33, 1.0), (8, 4), (3, 4)),  # 2.64 rows
        ((0.5, 0.3), (6, 9), (3, 3)),  # 2.7 columns
    ],
)
def test_box_has_the_given_size_and_any_place_where_it_fits(ratios, shape, size):
    torch.manual_seed(0)
    erasing = BatchErasing(*ratios)
    draws = 1200
    corners = Counter()
    for _ in range(draws):
        top, bottom, left, right = box(erasing(torch.ones(2, 3, *shape)))
        assert (bottom - top, right - left) == size
        corners[top, left] += 1
    places = {(t, left) for t in range(shape[0] - size[0] + 1) for left in range(shape[1] - size[1] + 1)}
    assert set(corners) == places
    mean = draws / len(places)
    assert all(abs(count - mean) < 5 * mean**0.5 for count in corners.values()), corners


def test_values_outside_the_box_stay():
    maps = torch.randn(4, 3, 16, 8)
    erased = BatchErasing(0.33, 0.5)(maps)
    assert torch.equal(erased, torch.where(erased == 0, 0, maps))
    assert (erased == 0).sum() == 4 * 3 * 5 * 4


def test_box_is_erased_only_while_training():
    erasing = BatchErasing(0.33, 1.0).eval()
    maps = torch.randn(2, 3, 16, 8)
    assert erasing(maps) is maps
    assert not torch.equal(erasing.train()(maps), maps)


def test_no_gradient_inside_the_box():
    maps = torch.randn(2, 3, 16, 8, requires_grad=True)
    erased = BatchErasing(0.33, 0.5)(maps)
    erased.sum().backward()
    assert torch.equal(maps.grad, (erased != 0).float())


def test_box_depends_on_the_seed_of_torch():
    erasing = BatchErasing(0.25, 0.25)
    boxes = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        boxes.append([box(erasing(torch.ones(1, 1, 32, 32))) for _ in range(5)])
    assert boxes[0] == boxes[1] != boxes[2]


def test_empty_box_and_whole_map():
    maps = torch.ones(2, 3, 4, 4)
    assert torch.equal(BatchErasing(0.0, 1.0)(maps), maps)
    assert BatchErasing(1.0, 1.0)(maps).sum() == 0


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_dtype_and_memory_format_stay(dtype):
    maps = torch.randn(2, 3, 8, 4).to(dtype).contiguous(memory_format=torch.channels_last)
    erased = BatchErasing(0.33, 1.0)(maps)
    assert erased.dtype == dtype and erased.is_contiguous(memory_format=torch.channels_last)


def test_wrong_ratios():
    with pytest.raises(ValueError, match='^height_ratio must be between 0 and 1, got 1.5'):
        BatchErasing(1.5, 1.0)
    with pytest.raises(ValueError, match='^width_ratio must be between 0 and 1, got -0.1'):
        BatchErasing(0.5, -0.1)
