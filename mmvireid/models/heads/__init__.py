from .affinity_head import AffinityHead, AffinityL1Head
from .base_head import BaseHead
from .center_head import CenterHead
from .hetero_center_head import HeteroCenterHead, HeteroCenterTripletHead
from .id_head import IDHead
from .triplet_head import TripletHead, WeightedRegularizedTripletHead

__all__ = [
    'AffinityHead',
    'AffinityL1Head',
    'BaseHead',
    'CenterHead',
    'HeteroCenterHead',
    'HeteroCenterTripletHead',
    'IDHead',
    'TripletHead',
    'WeightedRegularizedTripletHead',
]
