import numpy as np

from mmvireid.evaluation.ranking import RankingScores
from mmvireid.evaluation.results.summary import mean_and_deviation, query_means


def test_query_means_leave_out_trials_without_a_match():
    nan = np.nan
    scores = [
        RankingScores(np.array([1, 2, 0]), np.array([1.0, 0.5, nan]), np.array([1.0, 0.5, nan])),
        RankingScores(np.array([3, 0, 0]), np.array([0.2, nan, nan]), np.array([0.4, nan, nan])),
    ]
    means = query_means(scores)
    np.testing.assert_allclose(means['R1'], [50, 0, nan])
    np.testing.assert_allclose(means['AP'], [60, 50, nan])
    np.testing.assert_allclose(means['INP'], [70, 50, nan])


def test_deviation_divides_by_the_number_of_trials():
    trials = [dict.fromkeys(('R1', 'R5', 'R10', 'R20', 'mAP', 'mINP'), value) for value in (1.0, 3.0)]
    summary = mean_and_deviation(trials)
    assert (summary['mINP'], summary['mINP_std']) == (2, 1)
