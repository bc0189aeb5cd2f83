from .base_distance import BaseDistance
from .contrastive_correlation import ContrastiveCorrelationDistance
from .feature_distances import CosineDistance, EuclideanDistance

__all__ = ['BaseDistance', 'ContrastiveCorrelationDistance', 'CosineDistance', 'EuclideanDistance']
