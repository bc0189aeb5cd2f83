"""Rank galleries for queries and score the ranked lists: arrays in, arrays out."""

from .definition import CMC_UNITS, OneQueryScores, rank_one_query
from .dense import rank_gallery, rank_trials
from .scores import RankingScores, mean_scores
from .streaming import rank_streaming

__all__ = [
    'CMC_UNITS',
    'OneQueryScores',
    'RankingScores',
    'mean_scores',
    'rank_gallery',
    'rank_one_query',
    'rank_streaming',
    'rank_trials',
]
