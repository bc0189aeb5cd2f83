"""Scores of many queries, and their means."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np


@dataclass
class RankingScores:
    """Hold the scores of every query in one trial. :func:`.rank_one_query` defines the three scores.

    A query without a match has rank 0, and NaN as AP and INP.

    Attributes:
        first_match: (Q,) int64, CMC rank of the first match, from 1.
        ap: (Q,) float64, average precision over images.
        inp: (Q,) float64, inverse negative penalty over images.
        tied: (Q,) bool, a match has exactly the distance of another identity's image (:func:`.has_tied_match`). The
            default is False for every query.

    Example:
        >>> scores = RankingScores(np.array([2, 0, 1]), np.array([0.5, np.nan, 1]), np.array([0.5, np.nan, 1]))
        >>> scores.valid.tolist()
        [True, False, True]
        >>> scores.cmc(max_rank=3).tolist()
        [0.5, 1.0, 1.0]
    """

    first_match: np.ndarray
    ap: np.ndarray
    inp: np.ndarray
    tied: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.tied is None:
            self.tied = np.zeros(len(self.first_match), dtype=bool)

    @property
    def valid(self) -> np.ndarray:
        """Tell which queries have at least one match in the gallery after exclusion: (Q,) bool."""
        return self.first_match > 0

    def cmc(self, max_rank: int) -> np.ndarray:
        """Compute the cumulative matching characteristic at ranks 1 ... ``max_rank``.

        Returns:
            (max_rank,) share of the valid queries whose first match has this rank or a lower one.
        """
        first_match = self.first_match[self.valid]
        counts = np.bincount(first_match[first_match <= max_rank], minlength=max_rank + 1)[1:]
        return counts.cumsum() / len(first_match)

    def take(self, queries: np.ndarray) -> 'RankingScores':
        """Select the scores of some queries by their indices."""
        return RankingScores(*(getattr(self, field.name)[queries] for field in fields(self)))

    @classmethod
    def concatenate(cls, parts: Sequence['RankingScores']) -> 'RankingScores':
        """Join the scores of several sets of queries in one trial."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


def mean_scores(scores: RankingScores, ranks: Sequence[int] = (1, 5, 10, 20)) -> dict[str, float]:
    """Average the scores over all valid queries.

    Args:
        scores: Scores of all queries.
        ranks: CMC ranks to report.

    Returns:
        ``R<k>`` for each rank, ``mAP`` and ``mINP``, in percent.

    Raises:
        ValueError: No query is valid.

    Example:
        >>> mean_scores(RankingScores(np.array([2, 1]), np.array([0.5, 1]), np.array([0.5, 1])), ranks=(1, 5))
        {'R1': 50.0, 'R5': 100.0, 'mAP': 75.0, 'mINP': 75.0}
    """
    valid = scores.valid
    if not valid.any():
        raise ValueError('No query has a match in the gallery: there is nothing to average.')
    cmc = scores.cmc(max(ranks))
    means = {f'R{rank}': 100 * float(cmc[rank - 1]) for rank in ranks}
    means['mAP'] = 100 * float(scores.ap[valid].mean())
    means['mINP'] = 100 * float(scores.inp[valid].mean())
    return means


def scores_from_ranks(query: np.ndarray, rank: np.ndarray, num_query: int) -> RankingScores:
    """Compute the scores of all queries from the image ranks of their matches.

    ``first_match`` counts images. An engine replaces it if a CMC rank counts identities.

    Args:
        query: (P,) the query of each match, ascending.
        rank: (P,) the rank of each match from 1, ascending within a query.
        num_query: Number of queries, with and without a match.

    Example:
        Query 0 has matches at ranks 1 and 4. Query 1 has no match.

        >>> scores = scores_from_ranks(np.array([0, 0]), np.array([1, 4]), num_query=2)
        >>> scores.first_match.tolist(), scores.ap.tolist(), scores.inp.tolist()
        ([1, 0], [0.75, nan], [0.5, nan])
    """
    total = np.bincount(query, minlength=num_query)
    stop = total.cumsum()
    start = stop - total
    valid = total > 0
    number = np.arange(1, len(query) + 1) - start[query]
    first_match = np.zeros(num_query, dtype=np.int64)
    first_match[valid] = rank[start[valid]]
    # bincount adds a query's terms one by one in the order of rank. Other queries cannot change the rounding.
    precision = np.bincount(query, weights=number / rank, minlength=num_query)
    ap, inp = np.full((2, num_query), np.nan)
    ap[valid] = precision[valid] / total[valid]
    inp[valid] = total[valid] / rank[stop[valid] - 1]
    return RankingScores(first_match, ap, inp)
