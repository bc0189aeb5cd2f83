from .cross_modality_reid import CrossModalityReID

__all__ = ['CrossModalityReID']
