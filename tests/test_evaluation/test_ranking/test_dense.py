import numpy as np
import pytest
import torch

from mmvireid.evaluation.ranking import CMC_UNITS, dense, mean_scores, rank_gallery, rank_trials


def assert_same_digits(found, expected):
    for name in ('first_match', 'ap', 'inp'):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@pytest.mark.parametrize('cmc_unit', CMC_UNITS)
@pytest.mark.parametrize('block_elements', [1, 30, 31, 1000])
def test_size_of_a_block_changes_nothing(monkeypatch, block_elements, cmc_unit):
    generator = np.random.default_rng(0)
    distmat = torch.from_numpy(generator.random((11, 30)))
    query_pids, gallery_pids = generator.integers(5, size=11), generator.integers(4, size=30)
    members, excluded = generator.random((3, 30)) < 0.7, generator.random((11, 30)) < 0.2
    arguments = distmat, query_pids, gallery_pids, members, excluded, cmc_unit
    expected = rank_trials(*arguments)
    monkeypatch.setattr(dense, '_BLOCK_ELEMENTS', block_elements)
    for found, trial in zip(rank_trials(*arguments), expected, strict=True):
        assert_same_digits(found, trial)


def test_scores_do_not_depend_on_other_queries():
    generator = np.random.default_rng(0)
    distmat = torch.from_numpy(generator.random((30, 200)))
    query_pids, gallery_pids = generator.integers(5, size=30), generator.permutation(np.arange(200) ** 2 % 5)
    together = rank_gallery(distmat, query_pids, gallery_pids)
    for query in range(30):
        alone = rank_gallery(distmat[query : query + 1], query_pids[query : query + 1], gallery_pids)
        assert_same_digits(alone, together.take(np.array([query])))


def test_ranks_computed_by_hand():
    # The ranked identities are 7, 7, 5, 9, 5. The query's identity, 5, is at image rank 3 and identity rank 2.
    distmat = torch.tensor([[0.5, 0.1, 0.3, 0.4, 0.2]])
    gallery_pids = np.array([5, 7, 5, 9, 7])
    scores = rank_gallery(distmat, np.array([5]), gallery_pids)
    assert scores.first_match.tolist() == [2]
    np.testing.assert_allclose(scores.ap, [(1 / 3 + 2 / 5) / 2])
    np.testing.assert_allclose(scores.inp, [2 / 5])
    assert rank_gallery(distmat, np.array([5]), gallery_pids, cmc_unit='image').first_match.tolist() == [3]


@pytest.mark.parametrize('cmc_unit', CMC_UNITS)
@pytest.mark.parametrize(('gallery_pids', 'rank'), [([1, 2, 3], 1), ([2, 1, 3], 2), ([2, 3, 1], 3)])
def test_lower_gallery_index_wins_a_tie(gallery_pids, rank, cmc_unit):
    scores = rank_gallery(torch.zeros(1, 3), np.array([1]), np.array(gallery_pids), cmc_unit=cmc_unit)
    assert scores.first_match.tolist() == [rank]
    np.testing.assert_allclose(scores.ap, [1 / rank])


def test_query_without_match_is_in_no_mean():
    distmat = torch.tensor([[0.1, 0.2], [0.2, 0.1], [0.1, 0.2]])
    excluded = np.array([[False, False], [False, False], [True, False]])
    scores = rank_gallery(distmat, np.array([1, 3, 1]), np.array([1, 2]), excluded)
    assert scores.valid.tolist() == [True, False, False]
    assert mean_scores(scores) == dict(R1=100.0, R5=100.0, R10=100.0, R20=100.0, mAP=100.0, mINP=100.0)


def test_error_names_the_bad_input():
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
