from .bn_neck import build_bn_neck
from .pooling import global_avg_pool, part_avg_pool

__all__ = ['build_bn_neck', 'global_avg_pool', 'part_avg_pool']
