from .affinity import AFFINITY_REDUCTIONS, affinity_l1_loss, affinity_loss
from .center import center_loss
from .hetero_center import hetero_center_loss, hetero_center_triplet_loss, modality_centers
from .pairs import cross_modality_pairs, identity_pairs
from .pairwise_distance import euclidean_distance_matrix, rowwise_distance
from .pentaplet import hard_pentaplet_loss
from .triplet import batch_hard_hinge, batch_hard_triplet_loss, weighted_regularized_triplet_loss

__all__ = [
    'AFFINITY_REDUCTIONS',
    'affinity_l1_loss',
    'affinity_loss',
    'batch_hard_hinge',
    'batch_hard_triplet_loss',
    'center_loss',
    'cross_modality_pairs',
    'euclidean_distance_matrix',
    'hard_pentaplet_loss',
    'hetero_center_loss',
    'hetero_center_triplet_loss',
    'identity_pairs',
    'modality_centers',
    'rowwise_distance',
    'weighted_regularized_triplet_loss',
]
