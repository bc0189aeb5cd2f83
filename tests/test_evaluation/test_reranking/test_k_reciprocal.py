"""k-reciprocal encoding: the array functions, and the registered re-ranking against dense matrices."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from mmvireid.evaluation import BaseDistance, CosineDistance, EuclideanDistance
from mmvireid.evaluation.reranking import KReciprocalReranking, k_reciprocal
from mmvireid.evaluation.reranking.k_reciprocal import jaccard_distances, k_reciprocal_features, k_reciprocal_sets


def on_a_line(positions: list[float]) -> np.ndarray:
    """Sort all points on a line by their distance to each point."""
    points = np.array(positions)
    return np.argsort(abs(points[:, None] - points), axis=1, kind='stable')


def members(sets: csr_array) -> list[list[int]]:
    return [row.tolist() for row in np.split(sets.indices, sets.indptr[1:-1])]


def test_sets_are_mutual():
    # The nearest point of the last point is the middle one. The other two points are nearest to each other.
    assert members(k_reciprocal_sets(on_a_line([0, 1, 3]), k1=1)) == [[0, 1], [0, 1], [2]]


def test_two_thirds_of_a_set_are_not_enough():
    # In the middle of a chain, R(4, 4) = {2 ... 6}. It holds two thirds of R(2, 2) = {1, 2, 3}, so 1 stays outside.
    chain = on_a_line([0, 1, 2, 3, 4, 5, 6, 7, 8])
    assert members(k_reciprocal_sets(chain, k1=4))[4] == [2, 3, 4, 5, 6]


def test_more_than_two_thirds_extend_a_set():
    # R(0, 6) = {0, 1, 2, 3} holds three quarters of R(2, 3) = R(3, 3) = {1, 2, 3, 4}, so 4 is added.
    neighbors = np.array(
        [
            [0, 1, 2, 3, 6, 7, 8],
            [1, 0, 2, 3, 4, 5, 6],
            [2, 1, 3, 4, 0, 5, 6],
            [3, 2, 1, 4, 0, 5, 6],
            [4, 3, 2, 1, 5, 6, 7],
            [5, 6, 7, 8, 4, 3, 2],
            [6, 5, 7, 8, 4, 3, 2],
            [7, 5, 6, 8, 4, 3, 2],
            [8, 5, 6, 7, 4, 3, 2],
        ]
    )
    assert members(k_reciprocal_sets(neighbors, k1=6))[0] == [0, 1, 2, 3, 4]


def test_features_are_gaussian_weights_averaged_over_the_nearest():
    sets = csr_array(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]]))
    distances = np.array([0, np.log(3), np.log(2), 0, 0])
    neighbors = np.array([[0, 1, 2], [1, 0, 2], [2, 1, 0]])
    weights = np.array([[3 / 4, 1 / 4, 0], [1 / 3, 2 / 3, 0], [0, 0, 1]])
    alone = k_reciprocal_features(sets, distances, neighbors, k2=1).toarray()
    np.testing.assert_allclose(alone, weights, rtol=0, atol=1e-15)
    averaged = k_reciprocal_features(sets, distances, neighbors, k2=2).toarray()
    expected = (weights + weights[[1, 0, 1]]) / 2
    np.testing.assert_allclose(averaged, expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize('block_elements', [1, 100, 10**6])
def test_jaccard_is_one_minus_minima_over_maxima(monkeypatch, block_elements):
    monkeypatch.setattr(k_reciprocal, '_BLOCK_ELEMENTS', block_elements)
    generator = np.random.default_rng(0)
    query, gallery = (generator.random((count, 15)) * (generator.random((count, 15)) < 0.3) for count in (7, 9))
    query[:, 0], gallery[:, 1] = 1e-3, 1e-3  # no row is empty
    query, gallery = (features / features.sum(axis=1, keepdims=True) for features in (query, gallery))
    expected = [[1 - np.minimum(q, g).sum() / np.maximum(q, g).sum() for g in gallery] for q in query]
    found = np.full((7, 9), np.nan)
    for rows, distmat in jaccard_distances(csr_array(query), csr_array(gallery)):
        assert np.isnan(found[rows]).all()
        found[rows] = distmat
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def dense_k_reciprocal(original: np.ndarray, num_query: int, k1: int, k2: int, lambda_value: float) -> np.ndarray:
    """Compute Section 3 of the paper with dense matrices from squared distances (n, n), queries first."""
    original = original / np.maximum(original.max(axis=1, keepdims=True), 1e-300)
    rank = np.argsort(original, axis=1, kind='stable')

    def reciprocal(image: int, k: int) -> set[int]:
        return {other for other in rank[image, : k + 1].tolist() if image in rank[other, : k + 1]}

    weights = np.zeros_like(original)
    for image in range(len(original)):
        members = reciprocal(image, k1)
        extended = set(members)
        for member in members:
            half = reciprocal(member, round(k1 / 2))
            if 3 * len(half & members) > 2 * len(half):
                extended |= half
        chosen = sorted(extended)
        weight = np.exp(-original[image, chosen])
        weights[image, chosen] = weight / weight.sum()
    if k2 > 1:
        weights = np.array([weights[nearest].mean(axis=0) for nearest in rank[:, :k2]])

    jaccard = np.zeros_like(original)
    for image, row in enumerate(weights):
        minima = np.minimum(row, weights).sum(axis=1)
        jaccard[image] = 1 - minima / (2 - minima)
    return ((1 - lambda_value) * jaccard + lambda_value * original)[:num_query, num_query:]


def rerank(reranking, distance: BaseDistance, query: torch.Tensor, gallery: torch.Tensor) -> torch.Tensor:
    (result,) = reranking(distance, {'feature': query}, {'feature': gallery}, [np.arange(len(gallery))])
    return result


def expected_distances(distance: BaseDistance, query: torch.Tensor, gallery: torch.Tensor, **options) -> np.ndarray:
    images = {'feature': torch.cat([query, gallery])}
    original = distance(images, images).numpy()
    squared = original if isinstance(distance, CosineDistance) else original**2
    return dense_k_reciprocal(squared, len(query), **options)


@given(
    num_query=st.integers(1, 20),
    num_gallery=st.integers(1, 40),
    num_values=st.sampled_from([1, 2, 4, 1000]),
    k1=st.integers(1, 12),
    k2=st.integers(1, 8),
    lambda_value=st.sampled_from([0, 0.3, 1]),
    distance=st.sampled_from([CosineDistance(), EuclideanDistance()]),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=150, deadline=None)
def test_equal_to_the_dense_reference(num_query, num_gallery, num_values, k1, k2, lambda_value, distance, seed):
    # Few values make many ties and equal images.
    generator = torch.Generator().manual_seed(seed)
    query, gallery = (
        torch.randint(num_values, (count, 2), generator=generator).float() + 1 for count in (num_query, num_gallery)
    )
    options = dict(k1=k1, k2=k2, lambda_value=lambda_value)
    found = rerank(KReciprocalReranking(**options), distance, query, gallery)
    np.testing.assert_allclose(found, expected_distances(distance, query, gallery, **options), rtol=0, atol=1e-9)


@pytest.mark.parametrize('distance', [CosineDistance(), EuclideanDistance()])
def test_equal_to_the_dense_reference_with_identities(distance):
    """Features of 12 identities give sets of all sizes, and many sets are extended."""
    generator = torch.Generator().manual_seed(0)
    centers = torch.randn(12, 16, generator=generator)
    query, gallery = (
        centers[torch.arange(count) % 12] + 0.6 * torch.randn(count, 16, generator=generator) for count in (90, 150)
    )
    found = rerank(KReciprocalReranking(), distance, query, gallery)
    expected = expected_distances(distance, query, gallery, k1=20, k2=6, lambda_value=0.3)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_cosine_and_euclidean_agree_at_unit_length():
    generator = torch.Generator().manual_seed(0)
    query, gallery = (torch.randn(count, 8, generator=generator, dtype=torch.float64) for count in (30, 50))
    cosine_result = rerank(KReciprocalReranking(), CosineDistance(), query, gallery)
    query, gallery = (features / features.norm(dim=1, keepdim=True) for features in (query, gallery))
    euclidean_result = rerank(KReciprocalReranking(), EuclideanDistance(), query, gallery)
    torch.testing.assert_close(cosine_result, euclidean_result, rtol=0, atol=1e-8)


def test_lambda_of_one_keeps_the_order():
    generator = torch.Generator().manual_seed(0)
    query, gallery = torch.randn(5, 4, generator=generator), torch.randn(20, 4, generator=generator)
    kept = rerank(KReciprocalReranking(lambda_value=1), EuclideanDistance(), query, gallery)
    raw = EuclideanDistance()({'feature': query}, {'feature': gallery})
    assert torch.equal(kept.argsort(dim=1), raw.argsort(dim=1))


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(k1=0), 'k1=0'),
        (dict(k2=0), 'k2=0'),
        (dict(lambda_value=-0.1), 'lambda_value=-0.1'),
        (dict(lambda_value=1.5), 'lambda_value=1.5'),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=f'k-reciprocal: .*{message}'):
        KReciprocalReranking(**options)
