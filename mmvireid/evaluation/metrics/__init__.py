"""Metrics for mmengine's evaluator: score the test images, or write their features to a file."""

from .cross_modality_reid_metric import CrossModalityReIDMetric
from .image_records import FeatureWriter, ImageRecordsMetric

__all__ = ['CrossModalityReIDMetric', 'FeatureWriter', 'ImageRecordsMetric']
