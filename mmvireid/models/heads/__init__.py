from .affinity_head import AffinityHead, AffinityL1Head
from .base_head import BaseHead
from .branch_id_head import BranchIDHead
from .center_head import CenterHead
from .hard_pentaplet_head import HardPentapletHead
from .hetero_center_head import HeteroCenterHead, HeteroCenterTripletHead
from .id_head import IDHead
from .triplet_head import TripletHead, WeightedRegularizedTripletHead

__all__ = [
    'AffinityHead',
    'AffinityL1Head',
    'BaseHead',
    'BranchIDHead',
    'CenterHead',
    'HardPentapletHead',
    'HeteroCenterHead',
    'HeteroCenterTripletHead',
    'IDHead',
    'TripletHead',
    'WeightedRegularizedTripletHead',
]
