import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal, localcontext

import pytest
import torch

from mmvireid.evaluation import distances
from mmvireid.evaluation.distances import contrastive_difference
from mmvireid.evaluation.distances.contrastive_difference import (
    TILE,
    ContrastiveDescriptors,
    compiled_loops,
    contrastive_distance,
    contrastive_pair_distances,
    distance_from_logits,
)


@pytest.fixture
def without_numba(monkeypatch):
    """Make the import of numba fail."""
    monkeypatch.setitem(sys.modules, 'numba', None)
    monkeypatch.delitem(sys.modules, f'{distances.__name__}.contrastive_loops', raising=False)
    monkeypatch.delattr(distances, 'contrastive_loops', raising=False)
    compiled_loops.cache_clear()
    yield
    compiled_loops.cache_clear()


@pytest.fixture(params=['compiled', 'torch'])
def way(request) -> str:
    if request.param == 'torch':
        request.getfixturevalue('without_numba')
        assert isinstance(compiled_loops(), ImportError)
    else:
        assert not isinstance(compiled_loops(), Exception), compiled_loops()
    return request.param


def set_blocks(monkeypatch, **sizes: int) -> None:
    for name in ('_COMPILED_BLOCKS', '_BROADCAST_BLOCKS'):
        blocks = getattr(contrastive_difference, name)._replace(**sizes)
        monkeypatch.setattr(contrastive_difference, name, blocks)
    compiled_loops.cache_clear()


def random_images(count: int, elements: int, seed: int = 0) -> ContrastiveDescriptors:
    """Create images whose logits have both signs and a size of a few units."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(count, elements, generator=generator)
    weights = torch.randn(count, elements, generator=generator) / elements**0.5
    return ContrastiveDescriptors(values, weights, torch.randn(count, generator=generator, dtype=torch.float64))


def random_pairs(num_query: int, num_gallery: int, count: int) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randint(number, (count,), generator=generator) for number in (num_query, num_gallery))


def naive(query: ContrastiveDescriptors, gallery: ContrastiveDescriptors) -> torch.Tensor:
    """Compute D of one pair after the other in float64."""
    scores = torch.empty(len(query.bias), len(gallery.bias), dtype=torch.float64)
    for row in range(len(query.bias)):
        for column in range(len(gallery.bias)):
            gap = (query.values[row].double() - gallery.values[column].double()).abs()
            own = gap @ query.weights[row].double() + query.bias[row]
            other = gap @ gallery.weights[column].double() + gallery.bias[column]
            scores[row, column] = (own.sigmoid() + other.sigmoid()) / 2
    return scores


@pytest.mark.parametrize('elements', [1, TILE - 1, TILE, TILE + 1, 10 * TILE + 3])
@pytest.mark.parametrize(('num_query', 'num_gallery'), [(1, 1), (3, 9), (7, 4), (2, 6)])
def test_equal_to_one_pair_at_a_time(way, num_query, num_gallery, elements):
    query, gallery = random_images(num_query, elements), random_images(num_gallery, elements, seed=1)
    distances = contrastive_distance(query, gallery)
    assert distances.dtype == torch.float64
    expected = naive(query, gallery)
    torch.testing.assert_close(-torch.expm1(-distances), expected, rtol=0, atol=1e-6)
    torch.testing.assert_close(distances, -torch.log1p(-expected), rtol=1e-5, atol=0)
    rows, columns = random_pairs(num_query, num_gallery, 20)
    pairs = contrastive_pair_distances(query, gallery, rows, columns)
    torch.testing.assert_close(pairs, distances[rows, columns], rtol=1e-5, atol=0)


def test_small_blocks(way, monkeypatch):
    """The last block is incomplete in every direction."""
    set_blocks(monkeypatch, rows=3, columns=5, images=2, elements=2 * TILE, pairs=4)
    monkeypatch.setattr(contrastive_difference, '_PACKED_BYTES', 1)
    query, gallery = random_images(7, 5 * TILE - 1), random_images(11, 5 * TILE - 1, seed=1)
    expected = -torch.log1p(-naive(query, gallery))
    torch.testing.assert_close(contrastive_distance(query, gallery), expected, rtol=1e-5, atol=0)
    rows, columns = random_pairs(7, 11, 50)
    pairs = contrastive_pair_distances(query, gallery, rows, columns)
    torch.testing.assert_close(pairs, expected[rows, columns], rtol=1e-5, atol=0)


@pytest.mark.parametrize('elements', [40, TILE, 3 * TILE + 77])
def test_blocks_threads_and_sides_change_no_bit(monkeypatch, elements):
    images = random_images(40, elements)
    query, gallery = (ContrastiveDescriptors(*(v[some] for v in images)) for some in (slice(0, 23), slice(9, 40)))
    whole = contrastive_distance(query, gallery)
    everything = contrastive_distance(images, images)
    assert torch.equal(everything, everything.T)
    assert torch.equal(everything[:23, 9:], whole)
    rows, columns = random_pairs(23, 31, 300)
    before = torch.get_num_threads()
    try:
        for threads, size in ((1, 1), (2, 3), (3, 7), (2, 64)):
            torch.set_num_threads(threads)
            set_blocks(monkeypatch, rows=size, columns=2 * size, images=size, elements=size * TILE, pairs=5 * size)
            assert torch.equal(contrastive_distance(query, gallery), whole)
            assert torch.equal(contrastive_pair_distances(query, gallery, rows, columns), whole[rows, columns])
    finally:
        torch.set_num_threads(before)
        compiled_loops.cache_clear()


def test_several_threads_may_call_at_once():
    query, gallery = random_images(9, 2 * TILE), random_images(12, 2 * TILE, seed=1)
    expected = contrastive_distance(query, gallery)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: contrastive_distance(query, gallery), range(16)))
    assert all(torch.equal(distances, expected) for distances in found)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float64])
def test_other_types_change_only_the_storage(way, dtype):
    """The result equals the result of float32 copies. The two sides may have different types."""
    query, gallery = random_images(5, 700), random_images(6, 700, seed=1)
    stored = ContrastiveDescriptors(query.values.to(dtype), query.weights.to(dtype), query.bias)
    copies = ContrastiveDescriptors(stored.values.float(), stored.weights.float(), query.bias)
    assert torch.equal(contrastive_distance(stored, gallery), contrastive_distance(copies, gallery))
    assert torch.equal(contrastive_distance(gallery, stored), contrastive_distance(gallery, copies))
    assert stored.values.dtype == dtype


@pytest.mark.parametrize(('num_query', 'num_gallery'), [(0, 3), (3, 0), (0, 0)])
def test_no_images(way, num_query, num_gallery):
    query, gallery = random_images(num_query, 9), random_images(num_gallery, 9)
    assert contrastive_distance(query, gallery).shape == (num_query, num_gallery)
    nothing = torch.empty(0, dtype=torch.int64)
    assert contrastive_pair_distances(query, gallery, nothing, nothing).shape == (0,)


def test_distance_of_equal_images_depends_on_their_bias(way):
    images = random_images(4, 100)._replace(bias=torch.full((4,), -3.0, dtype=torch.float64))
    expected = torch.log1p(torch.tensor(-3.0, dtype=torch.float64).exp())
    torch.testing.assert_close(contrastive_distance(images, images).diagonal(), expected.expand(4), rtol=1e-14, atol=0)


def test_nan_is_not_hidden(way):
    images = random_images(4, 100)
    images.values[1, 3] = torch.nan
    expected = torch.zeros(4, 4, dtype=torch.bool)
    expected[1] = expected[:, 1] = True
    assert torch.equal(contrastive_distance(images, images).isnan(), expected)


def test_progress_adds_up(way, monkeypatch):
    set_blocks(monkeypatch, rows=2, columns=3, images=3)
    done = []
    contrastive_distance(random_images(5, 9), random_images(7, 9), done.append)
    assert len(done) == 9
    assert sum(done) == 35


LOGITS = [-700.0, -50.0, -37.0, -3.0, -0.1, 0.0, 1e-9, 0.1, 3.0, 17.0, 37.0, 50.0, 800.0, 1e4]


def test_distance_from_logits_to_the_last_digits():
    """The reference uses decimals of any length."""
    first, second = torch.cartesian_prod(*[torch.tensor(LOGITS, dtype=torch.float64)] * 2).unbind(1)
    found = distance_from_logits(first, second)
    with localcontext() as context:
        context.prec = 5000
        rest = {logit: 1 / (1 + Decimal(logit).exp()) for logit in LOGITS}
        context.prec = 9000  # 1e-4343 and 1 in one sum
        sums = [(rest[x] + rest[y]) / 2 for x, y in zip(first.tolist(), second.tolist(), strict=True)]
        context.prec = 400
        expected = torch.tensor([float(-(+value).ln()) for value in sums], dtype=torch.float64)
    torch.testing.assert_close(found, expected, rtol=2e-15, atol=0)


def test_saturated_logits_are_not_tied():
    """D rounds to 1 or 0 in float64, but the distances keep the order of the logits."""
    for low, high in ((30.0, 1e4), (-700.0, -30.0)):
        logits = torch.linspace(low, high, 1000, dtype=torch.float64)
        for other in (logits, logits + 1e-3):
            distances = distance_from_logits(logits, other)
            assert distances.isfinite().all()
            assert (distances >= 0).all()
            assert (distances.diff() > 0).all()
            assert torch.equal(distances, distance_from_logits(other, logits))
    extremes = torch.tensor([-1e4, -1e300, 1e4, 1e300], dtype=torch.float64)
    assert distance_from_logits(extremes, extremes).tolist() == [0, 0, 1e4, 1e300]


def test_place_in_memory_changes_no_digit():
    first, second = 20 * torch.randn(2, 3000, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    whole = distance_from_logits(first, second)
    assert torch.equal(distance_from_logits(first[::3], second[::3]), whole[::3])
    for length in (1, 3, 7, 8, 13):
        parts = [distance_from_logits(*some) for some in zip(first.split(length), second.split(length), strict=True)]
        assert torch.equal(torch.cat(parts), whole)


@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
def test_on_a_gpu():
    query, gallery = random_images(60, 3000), random_images(70, 3000, seed=1)
    on_gpu = [ContrastiveDescriptors(*(values.cuda() for values in side)) for side in (query, gallery)]
    expected = contrastive_distance(query, gallery)
    torch.testing.assert_close(contrastive_distance(*on_gpu).cpu(), expected, rtol=1e-5, atol=0)
    rows, columns = random_pairs(60, 70, 99)
    pairs = contrastive_pair_distances(*on_gpu, rows, columns)
    torch.testing.assert_close(pairs.cpu(), expected[rows, columns], rtol=1e-5, atol=0)
