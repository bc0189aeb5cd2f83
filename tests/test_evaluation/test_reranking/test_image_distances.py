import numpy as np
import pytest
import torch

from mmvireid.evaluation import EuclideanDistance
from mmvireid.evaluation.reranking import image_distances
from mmvireid.evaluation.reranking.image_distances import ImageDistances
from mmvireid.evaluation.reranking.neighbors import nearest

NUM_QUERY, NUM_CANDIDATES = 9, 20


@pytest.fixture(params=[3, 1000], ids=['small blocks', 'one block'])
def block_size(request, monkeypatch) -> int:
    for name in ('_ROWS', '_SELECTED_ROWS', '_PAIR_ROWS', '_TILE'):
        monkeypatch.setattr(image_distances, name, request.param)
    return request.param


@pytest.fixture
def images(block_size) -> ImageDistances:
    generator = torch.Generator().manual_seed(0)
    query, candidates = (
        {'feature': torch.randint(3, (count, 2), generator=generator).float()} for count in (NUM_QUERY, NUM_CANDIDATES)
    )
    return ImageDistances(EuclideanDistance(), query, candidates)


@pytest.fixture
def distmat(images) -> torch.Tensor:
    features = torch.cat([images._query['feature'], images._candidates['feature']])
    return EuclideanDistance()({'feature': features}, {'feature': features})


def test_from_queries(images, distmat):
    gallery = torch.tensor([4, 0, 11])
    assert torch.equal(images.from_queries(gallery), distmat[:NUM_QUERY, NUM_QUERY + gallery])


def test_nearest_within_any_subset(images, distmat):
    """Subsets have one image or all, in order or shuffled, with queries and candidates mixed."""
    subsets = [[5], [0, 1, 2], [8, 9, 10, 28], [20, 3, 11, 7, 28, 0], list(range(NUM_QUERY + NUM_CANDIDATES))]
    subsets = [torch.tensor(subset) for subset in subsets]
    for subset, found in zip(subsets, images.nearest_within(subsets, 4), strict=True):
        expected = nearest(distmat[subset][:, subset], 4)
        assert torch.equal(found.columns, expected.columns)
        assert torch.equal(found.distances, expected.distances)
        assert torch.equal(found.furthest, expected.furthest)


def test_at_any_pairs(images, distmat):
    generator = np.random.default_rng(0)
    pairs = [tuple(generator.integers(NUM_QUERY + NUM_CANDIDATES, size=(2, count))) for count in (0, 1, 50)]
    for (first, second), found in zip(pairs, images.image_pair_distances(pairs), strict=True):
        assert np.array_equal(found, distmat.numpy()[first, second])
