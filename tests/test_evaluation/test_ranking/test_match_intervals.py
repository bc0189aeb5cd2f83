import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmvireid.evaluation.ranking.match_intervals import IdentityOrder, MatchIntervals


@pytest.fixture
def order():
    return IdentityOrder(query_pids=np.array([7, 8, 5]), gallery_pids=np.array([9, 5, 7, 5, 5]))


def test_identity_order_and_matches(order):
    assert order.images.tolist() == [1, 3, 4, 2, 0]
    matches, is_match = order.matches(np.arange(3))
    assert is_match.tolist() == [[True, False, False], [False] * 3, [True] * 3]
    assert matches[is_match].tolist() == [2, 1, 3, 4]


def test_parts_of_the_identity_order(order):
    assert order.is_first(slice(0, 5)).tolist() == [True, False, False, True, True]
    assert order.is_first(slice(2, 4)).tolist() == [False, True]
    row, column = order.pairs_of_one_identity(np.array([0, 1, 2, 2]), slice(1, 4))
    assert row.tolist() == [0, 2, 2, 3, 3]
    assert column.tolist() == [2, 0, 1, 0, 1]


def assert_located(match_distances, match_indices, distances, indices):
    intervals = MatchIntervals(match_distances, match_indices)
    found = intervals.locate(distances, indices)
    for row in range(len(distances)):
        matches = sorted(
            (distance, index)
            for distance, index in zip(match_distances[row].tolist(), match_indices[row].tolist(), strict=True)
            if distance < np.inf
        )
        assert intervals.counts[row] == len(matches)
        assert intervals.indices[row, : len(matches)].tolist() == [index for _, index in matches]
        images = zip(distances[row].tolist(), indices.tolist(), strict=True)
        assert found[row].tolist() == [sum(match < image for match in matches) for image in images]


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    num_query=st.integers(1, 4),
    num_matches=st.integers(1, 30),
    num_values=st.sampled_from([1, 2, 10, 10**4, 10**9]),
    outlier=st.sampled_from([0.0, 1e15]),
)
def test_counts_equal_a_comparison_with_every_match(seed, num_query, num_matches, num_values, outlier):
    generator = np.random.default_rng(seed)
    num_gallery = num_matches + 40
    distances = generator.integers(-num_values, num_values, size=(num_query, num_gallery)).astype(float)
    indices = np.stack([np.sort(generator.permutation(num_gallery)[:num_matches]) for _ in range(num_query)])
    distances[:, 0] += outlier  # a match this far puts nearly all others into one bucket
    match_distances = np.take_along_axis(distances, indices, axis=1)
    match_distances[generator.random(indices.shape) < 0.3] = np.inf
    assert_located(*map(torch.from_numpy, (match_distances, indices, distances)), torch.arange(num_gallery))


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_neighboring_floating_point_numbers_differ(dtype):
    one = torch.tensor(1.0, dtype=dtype)
    above, below = one.nextafter(2 * one), one.nextafter(0 * one)
    distances = torch.stack([below, one, above, one, 3 * one])[None]
    assert_located(distances[:, [1, 4]], torch.tensor([[1, 4]]), distances, torch.arange(5))


def test_more_matches_than_int16_holds():
    distances = torch.arange(40_000.0)[None]
    found = MatchIntervals(distances, torch.arange(40_000)[None]).locate(distances, torch.arange(40_000))
    assert torch.equal(found[0].long(), torch.arange(40_000))
