from .bn_neck import GlobalBNNeck
from .dual_level_fusion import DualLevelFusion
from .part_strip import PartStripNeck

__all__ = ['DualLevelFusion', 'GlobalBNNeck', 'PartStripNeck']
