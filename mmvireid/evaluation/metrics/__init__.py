from .cross_modality_reid_metric import CrossModalityReIDMetric

__all__ = ['CrossModalityReIDMetric']
