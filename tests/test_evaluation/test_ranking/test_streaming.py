"""The streaming engine gives the scores of the dense engine, to the last digit, in any blocks."""

import numpy as np
import pytest
import torch

from mmvireid.evaluation.distances import cosine_distance
from mmvireid.evaluation.ranking import CMC_UNITS, rank_gallery, rank_streaming, streaming


def assert_same_digits(found, expected):
    for name in ('first_match', 'ap', 'inp'):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def blocks_of(array):
    return lambda queries, images: array[np.ix_(queries, images)]


@pytest.mark.parametrize('block_matches', [1, 20])
def test_many_matches_make_smaller_blocks(monkeypatch, block_matches):
    monkeypatch.setattr(streaming, '_BLOCK_MATCHES', block_matches)
    generator = np.random.default_rng(0)
    distmat = torch.from_numpy(generator.random((9, 50)))
    pids = generator.integers(4, size=9), generator.integers(3, size=50)
    found = rank_streaming(blocks_of(distmat), *pids, gallery_block=16)
    assert_same_digits(found, rank_gallery(distmat, *pids))


@pytest.mark.parametrize('block_sizes', [(1, 700), (7, 13), (40, 64), (512, 4096)])
def test_features_with_duplicates_in_any_blocks(block_sizes):
    generator = torch.Generator().manual_seed(0)
    gallery = torch.randn(200, 33, generator=generator)[torch.randint(200, (700,), generator=generator)]
    query = torch.cat([gallery[:20], torch.randn(20, 33, generator=generator)])
    query_pids = torch.randint(30, (40,), generator=generator).numpy()
    gallery_pids = torch.randint(30, (700,), generator=generator).numpy()
    found = rank_streaming(
        lambda queries, images: cosine_distance(query[queries], gallery[images]),
        query_pids,
        gallery_pids,
        query_block=block_sizes[0],
        gallery_block=block_sizes[1],
    )
    assert_same_digits(found, rank_gallery(cosine_distance(query, gallery), query_pids, gallery_pids))


@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
@pytest.mark.parametrize('cmc_unit', CMC_UNITS)
def test_same_digits_on_a_gpu(cmc_unit):
    generator = np.random.default_rng(0)
    distmat = torch.from_numpy(generator.integers(50, size=(40, 300)).astype(float))
    excluded = generator.random(distmat.shape) < 0.2
    pids = generator.integers(9, size=40), generator.integers(8, size=300)
    found = rank_streaming(
        blocks_of(distmat), *pids, blocks_of(excluded), cmc_unit=cmc_unit, device='cuda', gallery_block=64
    )
    assert_same_digits(found, rank_gallery(distmat, *pids, excluded, cmc_unit))


@pytest.mark.parametrize('cmc_unit', CMC_UNITS)
def test_distances_that_are_rounded_differently_in_each_block(cmc_unit):
    """A match is never counted before itself, and distinct distances keep their order."""
    generator = np.random.default_rng(0)
    distances = generator.permutation(12 * 90).reshape(12, 90).astype(float)
    pids = generator.integers(6, size=12), generator.integers(6, size=90)

    def noisy(queries, images):
        return torch.from_numpy(distances[np.ix_(queries, images)] + 1e-9 * generator.standard_normal())

    found = rank_streaming(noisy, *pids, cmc_unit=cmc_unit, query_block=5, gallery_block=8)
    assert_same_digits(found, rank_gallery(torch.from_numpy(distances), *pids, cmc_unit=cmc_unit))


def test_exclusion_may_be_none_for_some_blocks():
    distmat = torch.tensor([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]])
    pids = np.array([1, 2]), np.array([3, 1, 2])
    excluded = np.array([[True, False, False], [False, False, False]])

    def excluded_block(queries, images):
        block = excluded[np.ix_(queries, images)]
        return block if block.any() else None

    found = rank_streaming(blocks_of(distmat), *pids, excluded_block, query_block=1, gallery_block=1)
    assert found.first_match.tolist() == [1, 1]


def test_no_block_is_larger_than_its_options():
    features = np.random.default_rng(0).random((20_000, 8)).astype(np.float32)
    pids = np.arange(20_000) // 10
    sizes = []

    def distance_block(queries, images):
        sizes.append((len(queries), len(images)))
        return cosine_distance(torch.from_numpy(features[queries]), torch.from_numpy(features[images]))

    rank_streaming(distance_block, pids[:50], pids, query_block=32, gallery_block=512)
    assert max(num_query for num_query, _ in sizes) <= 32
    assert max(num_gallery for _, num_gallery in sizes) <= 512


def test_error_names_the_bad_input():
    pids = np.array([5, 6, 7])
    distmat = torch.zeros(3, 3)
    distmat[1, 2] = torch.nan
    with pytest.raises(ValueError, match='between query 1 and gallery image 2 is nan'):
        rank_streaming(blocks_of(distmat), pids, pids, query_block=2, gallery_block=2)
    with pytest.raises(ValueError, match=r'distance_block returned shape \(3, 2\) for 2 queries and 3 images'):
        rank_streaming(lambda queries, images: torch.zeros(3, 2), np.array([9, 9]), pids)
    with pytest.raises(ValueError, match=r'excluded_block returned shape \(1, 1\)'):
        rank_streaming(
            lambda queries, images: torch.zeros(len(queries), len(images)),
            pids,
            pids,
            lambda queries, images: np.zeros((1, 1), dtype=bool),
        )
