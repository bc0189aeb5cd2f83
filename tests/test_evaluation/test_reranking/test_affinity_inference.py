import numpy as np
import pytest
import torch

from mmvireid.evaluation.reranking import affinity_inference
from mmvireid.evaluation.reranking.affinity_inference import affinity_distances
from mmvireid.evaluation.reranking.neighbors import nearest


def whole(of_queries, of_gallery, k2: int) -> np.ndarray:
    return np.concatenate([distances for _, distances in affinity_distances(of_queries, of_gallery, k2)])


def test_affinities_to_the_nearest_averaged_over_the_nearest():
    of_queries = nearest(torch.tensor([[0.4, 0.2, 0.9], [1.0, 1.0, 1.0]], dtype=torch.float64), 2)
    of_gallery = nearest(torch.tensor([[0.0, 0.5, 0.9], [0.5, 0.0, 0.2], [0.9, 0.2, 0.0]], dtype=torch.float64), 2)
    queries = np.array([[0.6, 0.8, 0.0], [0.0, 0.0, 0.0]])  # the second resembles nobody
    gallery = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 0.8], [0.0, 0.8, 1.0]])
    for k2, described in ((1, gallery), (2, (gallery + gallery[[1, 2, 1]]) / 2)):
        cosine = queries @ described.T / np.linalg.norm(described, axis=1)
        np.testing.assert_allclose(whole(of_queries, of_gallery, k2), 1 - cosine, rtol=0, atol=1e-15)


@pytest.mark.parametrize('block_elements', [1, 20])
def test_blocks_do_not_show(monkeypatch, block_elements):
    generator = torch.Generator().manual_seed(0)
    arguments = (*(nearest(torch.rand(count, 8, generator=generator), 4) for count in (11, 8)), 3)
    expected = whole(*arguments)
    monkeypatch.setattr(affinity_inference, '_BLOCK_ELEMENTS', block_elements)
    assert np.array_equal(whole(*arguments), expected)
