"""Distances and ranking scores: arrays in, arrays out."""

from .distance import cosine_distance, euclidean_distance
from .ranking import rank_gallery, rank_trials
from .rerank_topk import rerank_topk
from .scores import RankingScores, mean_scores
from .sorting import stable_order
from .streaming import rank_streaming

__all__ = [
    'RankingScores',
    'cosine_distance',
    'euclidean_distance',
    'mean_scores',
    'rank_gallery',
    'rank_streaming',
    'rank_trials',
    'rerank_topk',
    'stable_order',
]
