from mmvireid.utils.checkpoint_guard import guard_mmengine

from .backbones import *  # noqa: F401,F403
from .data_preprocessor import ReIDDataPreprocessor
from .heads import *  # noqa: F401,F403
from .necks import *  # noqa: F401,F403
from .reid import *  # noqa: F401,F403

# A checkpoint is loaded into a model, so this comes before the first one.
guard_mmengine()

__all__ = ['ReIDDataPreprocessor']
