from .bfe import BFENeck
from .bn_neck import GlobalBNNeck
from .dual_level_fusion import DualLevelFusion
from .embedding import EmbeddingNeck
from .flatten import FlattenNeck
from .hacnn import HACNNNeck
from .map_neck import MapNeck
from .mgn import MGNNeck
from .mlfn import MLFNNeck
from .part_strip import PartStripNeck
from .pcb import PCBNeck
from .projected_embedding import ProjectedEmbedding
from .resmid import ResMidNeck

__all__ = [
    'BFENeck',
    'DualLevelFusion',
    'EmbeddingNeck',
    'FlattenNeck',
    'GlobalBNNeck',
    'HACNNNeck',
    'MGNNeck',
    'MLFNNeck',
    'MapNeck',
    'PCBNeck',
    'PartStripNeck',
    'ProjectedEmbedding',
    'ResMidNeck',
]
