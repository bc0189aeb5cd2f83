from .base_distance import BaseDistance
from .feature_distances import CosineDistance, EuclideanDistance

__all__ = ['BaseDistance', 'CosineDistance', 'EuclideanDistance']
