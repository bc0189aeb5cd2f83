from .bfe import BFENeck
from .dual_level_fusion import DualLevelFusionNeck
from .flatten import FlattenNeck
from .global_bn import GlobalBNNeck
from .global_pooling import GlobalPoolingNeck
from .hacnn import HACNNNeck
from .mgn import MGNNeck
from .mlfn import MLFNNeck
from .part_strip import PartStripNeck
from .pcb import PCBNeck
from .projected_embedding import ProjectedEmbeddingNeck
from .resmid import ResMidNeck

__all__ = [
    'BFENeck',
    'DualLevelFusionNeck',
    'FlattenNeck',
    'GlobalBNNeck',
    'GlobalPoolingNeck',
    'HACNNNeck',
    'MGNNeck',
    'MLFNNeck',
    'PCBNeck',
    'PartStripNeck',
    'ProjectedEmbeddingNeck',
    'ResMidNeck',
]
