from .anchor_tuple import AnchorTupleSampler
from .cross_modality_pk import CrossModalityPKSampler
from .seeded_batch import SeededBatchSampler
from .seeded_index import SeededIndex

__all__ = ['AnchorTupleSampler', 'CrossModalityPKSampler', 'SeededBatchSampler', 'SeededIndex']
