"""Rank galleries for queries and score the ranked lists: arrays in, arrays out."""

from .definition import CMC_UNITS, OneQueryScores, has_tied_match, rank_one_query
from .dense import rank_gallery, rank_trials
from .scores import RankingScores, mean_scores
from .streaming import rank_streaming

__all__ = [
    'CMC_UNITS',
    'OneQueryScores',
    'RankingScores',
    'has_tied_match',
    'mean_scores',
    'rank_gallery',
    'rank_one_query',
    'rank_streaming',
    'rank_trials',
]
