"""Affinity inference: the array function, and the registered re-ranking against dense matrices."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmvireid.evaluation import CosineDistance, EuclideanDistance
from mmvireid.evaluation.reranking import AffinityInferenceReranking, affinity_inference
from mmvireid.evaluation.reranking.affinity_inference import affinity_distances
from mmvireid.evaluation.reranking.neighbors import Neighbors, nearest


def whole(query: Neighbors, gallery: Neighbors, k2: int) -> np.ndarray:
    return np.concatenate([distmat for _, distmat in affinity_distances(query, gallery, k2)])


def test_affinities_are_averaged_over_the_nearest_images():
    query_neighbors = nearest(torch.tensor([[0.4, 0.2, 0.9], [1.0, 1.0, 1.0]], dtype=torch.float64), 2)
    distmat = torch.tensor([[0.0, 0.5, 0.9], [0.5, 0.0, 0.2], [0.9, 0.2, 0.0]], dtype=torch.float64)
    gallery_neighbors = nearest(distmat, 2)
    queries = np.array([[0.6, 0.8, 0.0], [0.0, 0.0, 0.0]])  # the second query resembles no image
    gallery = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 0.8], [0.0, 0.8, 1.0]])
    for k2, descriptions in ((1, gallery), (2, (gallery + gallery[[1, 2, 1]]) / 2)):
        cosine = queries @ descriptions.T / np.linalg.norm(descriptions, axis=1)
        found = whole(query_neighbors, gallery_neighbors, k2)
        np.testing.assert_allclose(found, 1 - cosine, rtol=0, atol=1e-15)


@pytest.mark.parametrize('block_elements', [1, 20])
def test_size_of_a_block_changes_nothing(monkeypatch, block_elements):
    generator = torch.Generator().manual_seed(0)
    arguments = (*(nearest(torch.rand(count, 8, generator=generator), 4) for count in (11, 8)), 3)
    expected = whole(*arguments)
    monkeypatch.setattr(affinity_inference, '_BLOCK_ELEMENTS', block_elements)
    assert np.array_equal(whole(*arguments), expected)


def dense_affinity_inference(query: np.ndarray, gallery: np.ndarray, k1: int, k2: int) -> np.ndarray:
    """Add the cosine distance of the features and the cosine distance of the affinities to the gallery."""

    def cosine(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        lengths = np.outer(np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1))
        return first @ second.T / np.maximum(lengths, 1e-12)

    def to_nearest(similarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rank = np.argsort(-similarity.round(9), axis=1, kind='stable')
        kept = np.zeros_like(similarity)
        for row, columns in enumerate(rank[:, :k1]):
            kept[row, columns] = similarity[row, columns]
        return kept, rank

    query_affinity, _ = to_nearest(cosine(query, gallery))
    gallery_affinity, rank = to_nearest(cosine(gallery, gallery))
    gallery_affinity = np.array([gallery_affinity[columns].mean(axis=0) for columns in rank[:, :k2]])
    return 2 - cosine(query, gallery) - cosine(query_affinity, gallery_affinity)


def rerank(reranking, distance, query, gallery):
    (result,) = reranking(distance, {'feature': query}, {'feature': gallery}, [np.arange(len(gallery))])
    return result


@given(
    num_query=st.integers(1, 12),
    num_gallery=st.integers(1, 30),
    few_values=st.booleans(),
    k1=st.integers(1, 10),
    fewer=st.integers(0, 9),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=100, deadline=None)
def test_equal_to_the_dense_reference(num_query, num_gallery, few_values, k1, fewer, seed):
    generator = torch.Generator().manual_seed(seed)
    high = 3 if few_values else 10**6
    query, gallery = (
        torch.randint(-high, high, (count, 4), generator=generator).double() + 0.5 for count in (num_query, num_gallery)
    )
    k2 = max(1, k1 - fewer)
    found = rerank(AffinityInferenceReranking(k1, k2), CosineDistance(), query, gallery)
    expected = dense_affinity_inference(query.numpy(), gallery.numpy(), k1, k2)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7)


def test_a_gallery_without_similar_images():
    """Orthogonal gallery images resemble only themselves, so the second distance equals the first."""
    query, gallery = torch.tensor([[3.0, 4.0, 0.0]]), torch.eye(3)
    found = rerank(AffinityInferenceReranking(k1=3, k2=1), CosineDistance(), query, gallery)
    torch.testing.assert_close(found, torch.tensor([[0.8, 0.4, 2.0]], dtype=torch.float64), rtol=0, atol=1e-9)


def test_queries_do_not_depend_on_each_other():
    generator = torch.Generator().manual_seed(0)
    query, gallery = torch.randn(6, 4, generator=generator), torch.randn(40, 4, generator=generator)
    together = rerank(AffinityInferenceReranking(), CosineDistance(), query, gallery)
    alone = [rerank(AffinityInferenceReranking(), CosineDistance(), one[None], gallery) for one in query]
    torch.testing.assert_close(together, torch.cat(alone), rtol=0, atol=1e-14)


def test_distances_above_two_are_refused():
    with pytest.raises(ValueError, match="affinity-inference: the 'euclidean' distance of two images is 5"):
        rerank(AffinityInferenceReranking(), EuclideanDistance(), torch.zeros(1, 2), torch.tensor([[3.0, 4.0]]))


@pytest.mark.parametrize('options', [dict(k1=0, k2=0), dict(k1=4, k2=5), dict(k1=4, k2=0)])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match=r'affinity-inference: .*(k2 must be in \[1, k1\]|whole number of at least 1)'):
        AffinityInferenceReranking(**options)
