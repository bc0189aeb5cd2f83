import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmvireid.evaluation.ranking import dense, mean_scores, rank_gallery, rank_trials


def assert_equal_to_naive(naive_scores, distances, query_pids, gallery_pids, members, excluded, collapse):
    scores = rank_trials(torch.from_numpy(distances), query_pids, gallery_pids, members, excluded, collapse)
    assert len(scores) == len(members)
    for trial, member in zip(scores, members, strict=True):
        for query, pid in enumerate(query_pids):
            skipped = None if excluded is None else excluded[query]
            first_match, ap, inp = naive_scores(
                distances[query], pid, gallery_pids, np.flatnonzero(member), skipped, collapse
            )
            assert trial.first_match[query] == first_match
            assert trial.valid[query] == (first_match > 0)
            np.testing.assert_allclose(trial.ap[query], ap, rtol=0, atol=1e-12)
            np.testing.assert_allclose(trial.inp[query], inp, rtol=0, atol=1e-12)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    num_query=st.integers(1, 7),
    num_gallery=st.integers(1, 40),
    num_trials=st.integers(1, 4),
    num_pids=st.integers(1, 6),
    num_values=st.sampled_from([1, 2, 10, 10**9]),
    excluded_share=st.sampled_from([None, 0.0, 0.3, 0.9, 1.0]),
    collapse=st.booleans(),
)
def test_equal_to_one_query_at_a_time(
    naive_scores, seed, num_query, num_gallery, num_trials, num_pids, num_values, excluded_share, collapse
):
    generator = np.random.default_rng(seed)
    distances = generator.integers(num_values, size=(num_query, num_gallery)).astype(float)  # few values: many ties
    query_pids = generator.integers(num_pids + 1, size=num_query)  # one identity more than the gallery has
    gallery_pids = generator.integers(num_pids, size=num_gallery)
    members = generator.random((num_trials, num_gallery)) < 0.5
    members[np.arange(num_trials), generator.integers(num_gallery, size=num_trials)] = True
    excluded = None if excluded_share is None else generator.random(distances.shape) < excluded_share
    assert_equal_to_naive(naive_scores, distances, query_pids, gallery_pids, members, excluded, collapse)


@pytest.mark.parametrize('block_elements', [1, 30, 31, 1000])
def test_blocks_of_queries_do_not_show(naive_scores, monkeypatch, block_elements):
    monkeypatch.setattr(dense, '_BLOCK_ELEMENTS', block_elements)
    generator = np.random.default_rng(0)
    distances = generator.random((11, 30))
    query_pids, gallery_pids = generator.integers(5, size=11), generator.integers(4, size=30)
    members, excluded = generator.random((3, 30)) < 0.7, generator.random((11, 30)) < 0.2
    assert_equal_to_naive(naive_scores, distances, query_pids, gallery_pids, members, excluded, True)


def test_scores_do_not_depend_on_the_queries_beside():
    generator = np.random.default_rng(0)
    distances = torch.from_numpy(generator.random((30, 200)))
    query_pids, gallery_pids = generator.integers(5, size=30), generator.permutation(np.arange(200) ** 2 % 5)
    together = rank_gallery(distances, query_pids, gallery_pids)
    for query in range(30):
        alone = rank_gallery(distances[query : query + 1], query_pids[query : query + 1], gallery_pids)
        np.testing.assert_array_equal(alone.ap, together.ap[query : query + 1])
        np.testing.assert_array_equal(alone.inp, together.inp[query : query + 1])
        np.testing.assert_array_equal(alone.first_match, together.first_match[query : query + 1])


def test_hand_computed_ranks():
    # Order of the gallery: identities 7 7 5 9 5; the query is a 5, first found at image rank 3, identity rank 2.
    distances = torch.tensor([[0.5, 0.1, 0.3, 0.4, 0.2]])
    gallery_pids = np.array([5, 7, 5, 9, 7])
    scores = rank_gallery(distances, np.array([5]), gallery_pids)
    assert scores.first_match.tolist() == [2]
    np.testing.assert_allclose(scores.ap, [(1 / 3 + 2 / 5) / 2])
    np.testing.assert_allclose(scores.inp, [2 / 5])
    assert rank_gallery(distances, np.array([5]), gallery_pids, cmc_unit='image').first_match.tolist() == [3]


def test_a_tie_goes_to_the_lower_gallery_index():
    distances = torch.zeros(1, 3)
    for gallery_pids, rank in (([1, 2, 3], 1), ([2, 1, 3], 2), ([2, 3, 1], 3)):
        for collapse in (True, False):
            scores = rank_gallery(distances, np.array([1]), np.array(gallery_pids), collapse_identities=collapse)
            assert scores.first_match.tolist() == [rank]
            np.testing.assert_allclose(scores.ap, [1 / rank])


def test_query_without_match_is_in_no_mean():
    distances = torch.tensor([[0.1, 0.2], [0.2, 0.1], [0.1, 0.2]])
    excluded = np.array([[False, False], [False, False], [True, False]])
    scores = rank_gallery(distances, np.array([1, 3, 1]), np.array([1, 2]), excluded)
    assert scores.valid.tolist() == [True, False, False]
    assert mean_scores(scores) == dict(R1=100.0, R5=100.0, R10=100.0, R20=100.0, mAP=100.0, mINP=100.0)


def test_bad_input_is_named():
    pids = np.array([1, 2])
    members = np.ones((1, 2), dtype=bool)
    with pytest.raises(ValueError, match='query 0 and gallery image 1 is nan'):
        rank_gallery(torch.tensor([[0.0, torch.nan]]), pids[:1], pids)
    with pytest.raises(ValueError, match='query 1 and gallery image 0 is inf'):
        rank_gallery(torch.tensor([[0.0, 0.0], [torch.inf, 1.0]]), pids, pids)
    with pytest.raises(ValueError, match='3 queries and 2 gallery'):
        rank_gallery(torch.zeros(2, 2), np.array([1, 2, 3]), pids)
    with pytest.raises(ValueError, match='at least one image in each trial'):
        rank_trials(torch.zeros(2, 2), pids, pids, ~members)
    with pytest.raises(ValueError, match='excluded has shape'):
        rank_trials(torch.zeros(2, 2), pids, pids, members, np.zeros((1, 2), dtype=bool))
