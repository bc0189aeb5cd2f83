from .affinity import AFFINITY_REDUCTIONS, affinity_l1_loss, affinity_loss
from .center import center_loss
from .cross_modality_distillation import (
    DISTILLATION_LEVELS,
    DISTILLATION_REDUCTIONS,
    cross_modality_distillation_loss,
)
from .enumerate_angular_triplet import (
    ANGULAR_TERMS,
    angular_triplet_gap,
    enumerate_angular_triplet_loss,
    literal_compactness,
    variance_compactness,
)
from .hetero_center import hetero_center_loss, hetero_center_triplet_loss, modality_centers
from .pairs import MODALITY_PAIRS, cross_modality_pairs, draw_pairs, identity_pairs
from .pairwise_distance import euclidean_distance_matrix, rowwise_distance
from .pentaplet import hard_pentaplet_loss
from .top_ranking import top_ranking_loss
from .triplet import batch_hard_hinge, batch_hard_triplet_loss, weighted_regularized_triplet_loss
from .verification import pairwise_bce_loss

__all__ = [
    'AFFINITY_REDUCTIONS',
    'ANGULAR_TERMS',
    'DISTILLATION_LEVELS',
    'DISTILLATION_REDUCTIONS',
    'MODALITY_PAIRS',
    'affinity_l1_loss',
    'affinity_loss',
    'angular_triplet_gap',
    'batch_hard_hinge',
    'batch_hard_triplet_loss',
    'center_loss',
    'cross_modality_distillation_loss',
    'cross_modality_pairs',
    'draw_pairs',
    'enumerate_angular_triplet_loss',
    'euclidean_distance_matrix',
    'hard_pentaplet_loss',
    'hetero_center_loss',
    'hetero_center_triplet_loss',
    'identity_pairs',
    'literal_compactness',
    'modality_centers',
    'pairwise_bce_loss',
    'rowwise_distance',
    'top_ranking_loss',
    'variance_compactness',
    'weighted_regularized_triplet_loss',
]
