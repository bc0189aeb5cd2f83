from .affinity import AFFINITY_REDUCTIONS, affinity_l1_loss, affinity_loss
from .pairwise_distance import euclidean_distance_matrix
from .triplet import batch_hard_triplet_loss

__all__ = [
    'AFFINITY_REDUCTIONS',
    'affinity_l1_loss',
    'affinity_loss',
    'batch_hard_triplet_loss',
    'euclidean_distance_matrix',
]
