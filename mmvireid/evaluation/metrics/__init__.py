"""Metrics for mmengine's evaluator: score the test images, or write their features to a file."""

from .cross_modality_reid_metric import CrossModalityReIDMetric
from .image_records import EveryMetricEvaluator, FeatureWriter, ImageRecordsMetric

__all__ = ['CrossModalityReIDMetric', 'EveryMetricEvaluator', 'FeatureWriter', 'ImageRecordsMetric']
