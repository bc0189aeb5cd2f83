import numpy as np
import pytest
import torch

from mmvireid.evaluation.ranking import RankingScores, mean_scores, rank_gallery
from mmvireid.evaluation.ranking.scores import scores_from_ranks


def test_scores_from_ranks():
    scores = scores_from_ranks(np.array([0, 0, 0, 2]), np.array([2, 3, 6, 5]), 4)
    assert scores.first_match.tolist() == [2, 0, 5, 0]
    assert scores.valid.tolist() == [True, False, True, False]
    np.testing.assert_allclose(scores.ap, [(1 / 2 + 2 / 3 + 3 / 6) / 3, np.nan, 1 / 5, np.nan])
    np.testing.assert_allclose(scores.inp, [3 / 6, np.nan, 1 / 5, np.nan])


def test_take_and_concatenate():
    scores = RankingScores(np.array([1, 2, 0]), np.array([0.5, 0.25, np.nan]), np.array([1.0, 0.5, np.nan]))
    twice = RankingScores.concatenate([scores, scores.take(np.array([2, 0]))])
    assert twice.first_match.tolist() == [1, 2, 0, 0, 1]
    np.testing.assert_array_equal(twice.ap, [0.5, 0.25, np.nan, np.nan, 0.5])
    np.testing.assert_array_equal(twice.inp, [1.0, 0.5, np.nan, np.nan, 1.0])


def test_means_without_a_valid_query_are_refused():
    scores = rank_gallery(torch.zeros(1, 1), np.array([1]), np.array([2]))
    with pytest.raises(ValueError, match='No query has a match'):
        mean_scores(scores)


def test_cmc_and_means():
    # The first matches have ranks 1, 3 and 2.
    distances = torch.tensor([[1.0, 2.0, 3.0]] * 3)
    scores = rank_gallery(distances, np.array([4, 6, 5]), np.array([4, 5, 6]))
    np.testing.assert_allclose(scores.cmc(4), [1 / 3, 2 / 3, 1, 1])
    means = mean_scores(scores, ranks=(1, 2))
    assert list(means) == ['R1', 'R2', 'mAP', 'mINP']
    np.testing.assert_allclose(means['R2'], 200 / 3)
    np.testing.assert_allclose(means['mAP'], 100 * (1 + 1 / 3 + 1 / 2) / 3)
