"""Evaluation: who may meet whom (protocols), how far apart they are (distances), what it is worth (functional)."""

from .distances import BaseDistance, CosineDistance, EuclideanDistance
from .evaluate import evaluate
from .features_file import load_features, save_features
from .image_set import ImageSet
from .metrics import CrossModalityReIDMetric
from .protocols import BaseProtocol, SYSUMM01Protocol, Trial
from .result_table import result_table

__all__ = [
    'BaseDistance',
    'BaseProtocol',
    'CosineDistance',
    'CrossModalityReIDMetric',
    'EuclideanDistance',
    'ImageSet',
    'SYSUMM01Protocol',
    'Trial',
    'evaluate',
    'load_features',
    'result_table',
    'save_features',
]
