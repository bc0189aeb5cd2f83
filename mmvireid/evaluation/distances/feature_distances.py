"""Distances that need nothing but one feature vector an image."""

from collections.abc import Mapping

from torch import Tensor

from mmvireid.registry import DISTANCES

from ..functional import cosine_distance, euclidean_distance
from .base_distance import BaseDistance


@DISTANCES.register_module()
class CosineDistance(BaseDistance):
    """One minus the cosine of two features: half the squared Euclidean distance of the features at unit length."""

    name = 'cosine'
    is_squared = True

    def __call__(self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor]) -> Tensor:
        return cosine_distance(query['feature'], gallery['feature'])


@DISTANCES.register_module()
class EuclideanDistance(BaseDistance):
    """Unsquared Euclidean distance of two features."""

    name = 'euclidean'

    def __call__(self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor]) -> Tensor:
        return euclidean_distance(query['feature'], gallery['feature'])
