from .cross_modality_reid_metric import CrossModalityReIDMetric
from .feature_writer import FeatureWriter
from .image_records import ImageRecordsMetric

__all__ = ['CrossModalityReIDMetric', 'FeatureWriter', 'ImageRecordsMetric']
