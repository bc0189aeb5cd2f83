from .affinity_head import AffinityHead, AffinityL1Head
from .base_head import BaseHead
from .branch_id_head import BranchIDHead
from .center_head import CenterHead
from .contrastive_correlation_head import ContrastiveCorrelationHead
from .cross_modality_distillation_head import CrossModalityDistillationHead
from .enumerate_angular_triplet_head import EnumerateAngularTripletHead
from .hard_pentaplet_head import HardPentapletHead
from .hetero_center_head import HeteroCenterHead, HeteroCenterTripletHead
from .id_head import IDHead
from .pair_head import PairHead
from .top_ranking_head import TopRankingHead
from .triplet_head import TripletHead, WeightedRegularizedTripletHead
from .verification_head import KernelVerificationHead, VerificationHead

__all__ = [
    'AffinityHead',
    'AffinityL1Head',
    'BaseHead',
    'BranchIDHead',
    'CenterHead',
    'ContrastiveCorrelationHead',
    'CrossModalityDistillationHead',
    'EnumerateAngularTripletHead',
    'HardPentapletHead',
    'HeteroCenterHead',
    'HeteroCenterTripletHead',
    'IDHead',
    'KernelVerificationHead',
    'PairHead',
    'TopRankingHead',
    'TripletHead',
    'VerificationHead',
    'WeightedRegularizedTripletHead',
]
