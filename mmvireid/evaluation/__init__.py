"""Evaluate features: protocols choose the pairs, distances compare them, ranking scores them."""

from mmvireid.structures import ImageSet

from .distances import BaseDistance, ContrastiveCorrelationDistance, CosineDistance, EuclideanDistance
from .evaluate import evaluate
from .features_file import FeatureSet, load_features, save_features
from .metrics import CrossModalityReIDMetric, FeatureWriter
from .protocols import *  # noqa: F403
from .protocols import __all__ as _protocols
from .reranking import *  # noqa: F403
from .reranking import __all__ as _rerankings
from .results import *  # noqa: F403
from .results import __all__ as _results

__all__ = [
    'BaseDistance',
    'ContrastiveCorrelationDistance',
    'CosineDistance',
    'CrossModalityReIDMetric',
    'EuclideanDistance',
    'FeatureSet',
    'FeatureWriter',
    'ImageSet',
    'evaluate',
    'load_features',
    'save_features',
    *_protocols,
    *_rerankings,
    *_results,
]
