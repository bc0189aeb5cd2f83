from .base_reid_dataset import BaseReIDDataset
from .collate import stack_collate
from .concat_dataset import ConcatReIDDataset
from .csv_dataset import CSVDataset
from .folder_dataset import FolderDataset
from .llcm import LLCM
from .published_dataset import PublishedReIDDataset
from .regdb import RegDB
from .samplers import AnchorTupleSampler, CrossModalityPKSampler, SeededBatchSampler, SeededIndex
from .sysu_mm01 import SYSUMM01
from .transforms import LoadReIDImage, PackReIDInputs

__all__ = [
    'AnchorTupleSampler',
    'BaseReIDDataset',
    'CSVDataset',
    'ConcatReIDDataset',
    'CrossModalityPKSampler',
    'FolderDataset',
    'LLCM',
    'LoadReIDImage',
    'PackReIDInputs',
    'PublishedReIDDataset',
    'RegDB',
    'SYSUMM01',
    'SeededBatchSampler',
    'SeededIndex',
    'stack_collate',
]
