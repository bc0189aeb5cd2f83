from .base_reid_dataset import BaseReIDDataset
from .collate import stack_collate
from .samplers import CrossModalityPKSampler, SeededIndex
from .sysu_mm01 import SYSUMM01
from .transforms import LoadReIDImage, PackReIDInputs

__all__ = [
    'BaseReIDDataset',
    'CrossModalityPKSampler',
    'LoadReIDImage',
    'PackReIDInputs',
    'SYSUMM01',
    'SeededIndex',
    'stack_collate',
]
