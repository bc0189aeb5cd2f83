from .batch_erasing import BatchErasing
from .bn_neck import build_bn_neck
from .fc_block import FCBlock
from .non_local import build_non_local, insert_non_local
from .part_reduction import PartReduction
from .pooling import GlobalPooling, global_avg_pool, global_gem_pool, global_max_pool, part_pool

__all__ = [
    'BatchErasing',
    'FCBlock',
    'GlobalPooling',
    'PartReduction',
    'build_bn_neck',
    'build_non_local',
    'global_avg_pool',
    'global_gem_pool',
    'global_max_pool',
    'insert_non_local',
    'part_pool',
]
