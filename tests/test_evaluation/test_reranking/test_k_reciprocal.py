import numpy as np
import pytest
from scipy.sparse import csr_array

from mmvireid.evaluation.reranking import k_reciprocal
from mmvireid.evaluation.reranking.k_reciprocal import jaccard_distances, k_reciprocal_features, k_reciprocal_sets


def on_a_line(positions: list[float]) -> np.ndarray:
    """All neighbors of points on a line, nearest first."""
    points = np.array(positions)
    return np.argsort(abs(points[:, None] - points), axis=1, kind='stable')


def members(sets: csr_array) -> list[list[int]]:
    return [row.tolist() for row in np.split(sets.indices, sets.indptr[1:-1])]


def test_sets_are_mutual():
    # The last point has both others as neighbors, they have each other.
    assert members(k_reciprocal_sets(on_a_line([0, 1, 3]), k1=1)) == [[0, 1], [0, 1], [2]]


def test_two_thirds_of_a_set_are_not_enough():
    # In the middle of a chain R(4, 4) = {2 ... 6}. Of R(2, 2) = {1, 2, 3} two thirds lie in it: 1 stays outside.
    chain = on_a_line([0, 1, 2, 3, 4, 5, 6, 7, 8])
    assert members(k_reciprocal_sets(chain, k1=4))[4] == [2, 3, 4, 5, 6]


def test_more_than_two_thirds_extend_a_set():
    # R(0, 6) = {0, 1, 2, 3}. Of R(2, 3) = R(3, 3) = {1, 2, 3, 4} three quarters lie in it: 4 comes in.
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
    for rows, distances in jaccard_distances(csr_array(query), csr_array(gallery)):
        assert np.isnan(found[rows]).all()
        found[rows] = distances
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
