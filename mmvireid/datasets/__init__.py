from .base_reid_dataset import BaseReIDDataset
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
]
