"""Scores of queries from the ranks of their matches."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np


@dataclass
class RankingScores:
    """Scores of each query in one trial; a query without any match left has NaN scores and rank 0.

    Attributes:
        first_match: (Q,) int64, 1-based rank of the first match: among identities where ranks are collapsed (only the
            first image of each identity counts), else among images.
        ap: (Q,) float64, average precision over images: mean over the matches of (matches up to it / its rank).
        inp: (Q,) float64, inverse negative penalty: matches / rank of the last match (AGW, Ye et al. 2021, Eq. 11).
    """

    first_match: np.ndarray
    ap: np.ndarray
    inp: np.ndarray

    @property
    def valid(self) -> np.ndarray:
        """(Q,) bool: the query has at least one match in the gallery after exclusion."""
        return self.first_match > 0

    def cmc(self, max_rank: int) -> np.ndarray:
        """Cumulative matching characteristic: share of valid queries whose first match has rank <= 1 ... max_rank."""
        first_match = self.first_match[self.valid]
        counts = np.bincount(first_match[first_match <= max_rank], minlength=max_rank + 1)[1:]
        return counts.cumsum() / len(first_match)

    def take(self, queries: np.ndarray) -> 'RankingScores':
        """Those of some queries, given by their indices."""
        return RankingScores(*(getattr(self, field.name)[queries] for field in fields(self)))

    @classmethod
    def concatenate(cls, parts: Sequence['RankingScores']) -> 'RankingScores':
        """Scores of several sets of queries in one trial, one behind the other."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


def mean_scores(scores: RankingScores, ranks: Sequence[int] = (1, 5, 10, 20)) -> dict[str, float]:
    """Average over the valid queries: ``R<k>`` for each rank, ``mAP`` and ``mINP``, in percent.

    Raises:
        ValueError: If no query is valid.
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
    """Scores over images, from the 1-based ranks of all matches.

    Args:
        query: (P,) the query of each match, ascending.
        rank: (P,) its rank, ascending within a query.
        num_query: Number of queries, with and without a match.
    """
    total = np.bincount(query, minlength=num_query)
    stop = total.cumsum()
    start = stop - total
    valid = total > 0
    number = np.arange(1, len(query) + 1) - start[query]
    first_match = np.zeros(num_query, dtype=np.int64)
    first_match[valid] = rank[start[valid]]
    # Sums run from the first match to the last, one after the other: the same digits whatever is computed beside them.
    precision = np.bincount(query, weights=number / rank, minlength=num_query)
    ap, inp = np.full((2, num_query), np.nan)
    ap[valid] = precision[valid] / total[valid]
    inp[valid] = total[valid] / rank[stop[valid] - 1]
    return RankingScores(first_match, ap, inp)
