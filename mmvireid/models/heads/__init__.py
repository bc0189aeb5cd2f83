from .affinity_head import AffinityHead, AffinityL1Head
from .base_head import BaseHead
from .id_head import IDHead
from .triplet_head import TripletHead

__all__ = ['AffinityHead', 'AffinityL1Head', 'BaseHead', 'IDHead', 'TripletHead']
