from .bfe import BFENeck
from .bn_neck import GlobalBNNeck
from .dual_level_fusion import DualLevelFusionNeck
from .flatten import FlattenNeck
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
    'GlobalPoolingNeck',
    'FlattenNeck',
    'GlobalBNNeck',
    'HACNNNeck',
    'MGNNeck',
    'MLFNNeck',
    'PCBNeck',
    'PartStripNeck',
    'ProjectedEmbeddingNeck',
    'ResMidNeck',
]
