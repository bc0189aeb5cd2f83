"""Distances and ranking scores: arrays in, arrays out."""

from .distance import cosine_distance, euclidean_distance
from .ranking import RankingScores, mean_scores, rank_gallery, rank_trials
from .sorting import stable_order

__all__ = [
    'RankingScores',
    'cosine_distance',
    'euclidean_distance',
    'mean_scores',
    'rank_gallery',
    'rank_trials',
    'stable_order',
]
