"""Ranking scores of queries in galleries: arrays in, arrays out."""

from .dense import rank_gallery, rank_trials
from .scores import RankingScores, mean_scores
from .sorting import stable_order
from .streaming import rank_streaming

__all__ = ['RankingScores', 'mean_scores', 'rank_gallery', 'rank_streaming', 'rank_trials', 'stable_order']
