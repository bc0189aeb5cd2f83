from .cross_modality_pk import CrossModalityPKSampler
from .seeded_index import SeededIndex

__all__ = ['CrossModalityPKSampler', 'SeededIndex']
