from .features import ReIDFeatures
from .modality import Modality
from .reid_data_sample import ReIDDataSample
from .targets import ReIDTargets
from .tuple_role import TupleRole

__all__ = ['Modality', 'ReIDDataSample', 'ReIDFeatures', 'ReIDTargets', 'TupleRole']
