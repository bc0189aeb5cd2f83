import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmvireid.evaluation.distances import cosine_distance
from mmvireid.evaluation.ranking import rank_gallery, rank_streaming, streaming


def assert_same_digits(distances, query_pids, gallery_pids, excluded, collapse, **blocks):
    expected = rank_gallery(distances, query_pids, gallery_pids, excluded, collapse)
    found = rank_streaming(
        lambda query, image: distances[query][:, image],
        query_pids,
        gallery_pids,
        None if excluded is None else lambda query, image: excluded[np.ix_(query, image)],
        collapse,
        **blocks,
    )
    for name in ('first_match', 'ap', 'inp'):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    num_query=st.integers(1, 7),
    num_gallery=st.integers(1, 40),
    num_pids=st.integers(1, 6),
    num_values=st.sampled_from([1, 2, 10, 10**9]),
    distractor_share=st.sampled_from([0, 0.5, 0.95]),
    excluded_share=st.sampled_from([None, 0.0, 0.3, 0.9, 1.0]),
    collapse=st.booleans(),
    query_block=st.integers(1, 8),
    gallery_block=st.integers(1, 41),
)
def test_same_digits_as_with_a_matrix(
    seed,
    num_query,
    num_gallery,
    num_pids,
    num_values,
    distractor_share,
    excluded_share,
    collapse,
    query_block,
    gallery_block,
):
    generator = np.random.default_rng(seed)
    distances = torch.from_numpy(generator.integers(num_values, size=(num_query, num_gallery)).astype(float))
    query_pids = generator.integers(num_pids + 1, size=num_query)  # one identity more than the gallery has
    gallery_pids = generator.integers(num_pids, size=num_gallery)
    gallery_pids[generator.random(num_gallery) < distractor_share] = generator.choice([-1, 0])  # 0: is asked for
    excluded = None if excluded_share is None else generator.random(distances.shape) < excluded_share
    assert_same_digits(
        distances, query_pids, gallery_pids, excluded, collapse, query_block=query_block, gallery_block=gallery_block
    )


@pytest.mark.parametrize('block_matches', [1, 20])
def test_many_matches_make_smaller_blocks(monkeypatch, block_matches):
    monkeypatch.setattr(streaming, '_BLOCK_MATCHES', block_matches)
    generator = np.random.default_rng(0)
    distances = torch.from_numpy(generator.random((9, 50)))
    query_pids, gallery_pids = generator.integers(4, size=9), generator.integers(3, size=50)
    assert_same_digits(distances, query_pids, gallery_pids, None, True, gallery_block=16)


def test_features_with_duplicates_in_any_blocks():
    generator = torch.Generator().manual_seed(0)
    gallery = torch.randn(200, 33, generator=generator)[torch.randint(200, (700,), generator=generator)]
    query = torch.cat([gallery[:20], torch.randn(20, 33, generator=generator)])
    query_pids = torch.randint(30, (40,), generator=generator).numpy()
    gallery_pids = torch.randint(30, (700,), generator=generator).numpy()
    expected = rank_gallery(cosine_distance(query, gallery), query_pids, gallery_pids)
    for query_block, gallery_block in ((1, 700), (7, 13), (40, 64), (512, 4096)):
        found = rank_streaming(
            lambda q, g: cosine_distance(query[q], gallery[g]),
            query_pids,
            gallery_pids,
            query_block=query_block,
            gallery_block=gallery_block,
        )
        for name in ('first_match', 'ap', 'inp'):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
def test_same_digits_on_a_gpu():
    generator = np.random.default_rng(0)
    distances = torch.from_numpy(generator.integers(50, size=(40, 300)).astype(float))
    excluded = generator.random(distances.shape) < 0.2
    query_pids, gallery_pids = generator.integers(9, size=40), generator.integers(8, size=300)
    for collapse in (True, False):
        assert_same_digits(distances, query_pids, gallery_pids, excluded, collapse, device='cuda', gallery_block=64)


def test_distances_that_are_rounded_differently_in_each_block():
    """A match is never counted before itself, and a clear order stays what it is."""
    generator = np.random.default_rng(0)
    distances = generator.permutation(12 * 90).reshape(12, 90).astype(float)
    query_pids, gallery_pids = generator.integers(6, size=12), generator.integers(6, size=90)

    def noisy(query, image):
        return torch.from_numpy(distances[np.ix_(query, image)] + 1e-9 * generator.standard_normal())

    expected = rank_gallery(torch.from_numpy(distances), query_pids, gallery_pids)
    found = rank_streaming(noisy, query_pids, gallery_pids, query_block=5, gallery_block=8)
    for name in ('first_match', 'ap', 'inp'):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_exclusion_may_be_none_for_some_blocks():
    distances = torch.tensor([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]])
    pids = np.array([1, 2]), np.array([3, 1, 2])
    excluded = np.array([[True, False, False], [False, False, False]])

    def some(query, image):
        block = excluded[np.ix_(query, image)]
        return block if block.any() else None

    found = rank_streaming(lambda q, g: distances[q][:, g], *pids, some, query_block=1, gallery_block=1)
    assert found.first_match.tolist() == [1, 1]


def test_only_blocks_are_asked_for():
    features = np.random.default_rng(0).random((20_000, 8)).astype(np.float32)
    pids = np.arange(20_000) // 10
    asked = []

    def distance_block(query, image):
        asked.append((len(query), len(image)))
        return cosine_distance(torch.from_numpy(features[query]), torch.from_numpy(features[image]))

    rank_streaming(distance_block, pids[:50], pids, query_block=32, gallery_block=512)
    assert max(q for q, _ in asked) <= 32
    assert max(g for _, g in asked) <= 512


def test_bad_input_is_named():
    pids = np.array([5, 6, 7])
    with pytest.raises(ValueError, match='between query 1 and gallery image 2 is nan'):
        distances = torch.zeros(3, 3)
        distances[1, 2] = torch.nan
        rank_streaming(lambda q, g: distances[q][:, g], pids, pids, query_block=2, gallery_block=2)
    with pytest.raises(ValueError, match=r'distance_block returned shape \(3, 2\) for 2 queries and 3 images'):
        rank_streaming(lambda q, g: torch.zeros(3, 2), np.array([9, 9]), pids)
    with pytest.raises(ValueError, match=r'excluded_block returned shape \(1, 1\)'):
        rank_streaming(lambda q, g: torch.zeros(len(q), len(g)), pids, pids, lambda q, g: np.zeros((1, 1), dtype=bool))
