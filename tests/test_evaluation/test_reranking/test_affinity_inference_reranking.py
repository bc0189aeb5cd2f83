import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmvireid.evaluation import CosineDistance, EuclideanDistance
from mmvireid.evaluation.reranking import AffinityInferenceReranking


def dense_affinity_inference(query: np.ndarray, gallery: np.ndarray, k1: int, k2: int) -> np.ndarray:
    """The sum of two cosine distances: of the features, and of the affinities to the gallery."""

    def cosine(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        lengths = np.outer(np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1))
        return first @ second.T / np.maximum(lengths, 1e-12)

    def to_nearest(similarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rank = np.argsort(-similarity.round(9), axis=1, kind='stable')
        kept = np.zeros_like(similarity)
        for row, nearest in enumerate(rank[:, :k1]):
            kept[row, nearest] = similarity[row, nearest]
        return kept, rank

    of_queries, _ = to_nearest(cosine(query, gallery))
    of_gallery, rank = to_nearest(cosine(gallery, gallery))
    of_gallery = np.array([of_gallery[nearest].mean(axis=0) for nearest in rank[:, :k2]])
    return 2 - cosine(query, gallery) - cosine(of_queries, of_gallery)


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


def test_a_gallery_of_strangers():
    """Orthogonal gallery images: affinities to oneself only, so the second distance repeats the first."""
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
    with pytest.raises(
        ValueError, match=r'affinity-inference: .*(k2 has to be in \[1, k1\]|whole number of at least 1)'
    ):
        AffinityInferenceReranking(**options)
