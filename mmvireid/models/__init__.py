from .backbones import *  # noqa: F401,F403
from .data_preprocessor import ReIDDataPreprocessor
from .heads import *  # noqa: F401,F403
from .necks import *  # noqa: F401,F403
from .reid import *  # noqa: F401,F403

__all__ = ['ReIDDataPreprocessor']
