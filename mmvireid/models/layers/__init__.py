from .batch_erasing import BatchErasing
from .bn_neck import build_bn_neck
from .contrastive_correlation import (
    KernelGenerator,
    closed_logits,
    contrastive_correlations,
    literal_logits,
    mix_positions,
    weigh_patches,
)
from .fc_block import FCBlock
from .kernel_grid import KernelGrid, sample_kernels
from .non_local import insert_non_local
from .part_reduction import PartReduction
from .pooling import GlobalPooling, global_avg_pool, global_max_pool, part_pool

__all__ = [
    'BatchErasing',
    'FCBlock',
    'GlobalPooling',
    'KernelGenerator',
    'KernelGrid',
    'PartReduction',
    'build_bn_neck',
    'closed_logits',
    'contrastive_correlations',
    'global_avg_pool',
    'global_max_pool',
    'insert_non_local',
    'literal_logits',
    'mix_positions',
    'part_pool',
    'sample_kernels',
    'weigh_patches',
]
