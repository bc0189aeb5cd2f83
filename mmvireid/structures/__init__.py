from .features import ReIDFeatures
from .image_set import ImageSet
from .modality import Modality
from .reid_data_sample import ReIDDataSample
from .targets import ReIDTargets
from .tuple_role import TupleRole

__all__ = ['ImageSet', 'Modality', 'ReIDDataSample', 'ReIDFeatures', 'ReIDTargets', 'TupleRole']
