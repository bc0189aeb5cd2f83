from .bn_neck import GlobalBNNeck
from .dual_level_fusion import DualLevelFusion

__all__ = ['DualLevelFusion', 'GlobalBNNeck']
