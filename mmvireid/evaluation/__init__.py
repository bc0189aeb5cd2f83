"""Evaluation: who may meet whom (protocols), how far apart they are (distances), what it is worth (functional)."""

from mmvireid.structures import ImageSet

from .distances import BaseDistance, ContrastiveCorrelationDistance, CosineDistance, EuclideanDistance
from .evaluate import evaluate
from .features_file import FeatureSet, load_features, save_features
from .metrics import CrossModalityReIDMetric, FeatureWriter
from .protocols import *  # noqa: F403
from .protocols import __all__ as _protocols
from .reranking import *  # noqa: F403
from .reranking import __all__ as _rerankings
from .results.averaging import average_splits
from .results.comparison import compare_results
from .results.file import load_result, save_result
from .results.table import result_table

__all__ = [
    'BaseDistance',
    'ContrastiveCorrelationDistance',
    'CosineDistance',
    'CrossModalityReIDMetric',
    'EuclideanDistance',
    'FeatureSet',
    'FeatureWriter',
    'ImageSet',
    'average_splits',
    'compare_results',
    'evaluate',
    'load_features',
    'load_result',
    'result_table',
    'save_features',
    'save_result',
    *_protocols,
    *_rerankings,
]
