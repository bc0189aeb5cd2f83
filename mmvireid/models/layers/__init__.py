from .batch_erasing import BatchErasing
from .bn_neck import build_bn_neck
from .contrastive_correlation import (
    KernelGenerator,
    KernelGrid,
    closed_logits,
    contrastive_correlations,
    literal_logits,
    mix_positions,
    sample_kernels,
    weigh_patches,
)
from .fc_block import FCBlock
from .non_local import build_non_local, insert_non_local
from .part_reduction import PartReduction
from .pooling import GlobalPooling, global_avg_pool, global_gem_pool, global_max_pool, part_pool

__all__ = [
    'BatchErasing',
    'FCBlock',
    'GlobalPooling',
    'KernelGenerator',
    'KernelGrid',
    'PartReduction',
    'build_bn_neck',
    'build_non_local',
    'closed_logits',
    'contrastive_correlations',
    'global_avg_pool',
    'global_gem_pool',
    'global_max_pool',
    'insert_non_local',
    'literal_logits',
    'mix_positions',
    'part_pool',
    'sample_kernels',
    'weigh_patches',
]
