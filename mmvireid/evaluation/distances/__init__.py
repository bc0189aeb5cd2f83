"""Distances between query and gallery images."""

from .base import BaseDistance
from .contrastive_correlation import ContrastiveCorrelationDistance
from .vector import CosineDistance, EuclideanDistance, cosine_distance, euclidean_distance

__all__ = [
    'BaseDistance',
    'ContrastiveCorrelationDistance',
    'CosineDistance',
    'EuclideanDistance',
    'cosine_distance',
    'euclidean_distance',
]
