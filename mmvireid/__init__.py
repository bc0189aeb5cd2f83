"""mmvireid: visible-infrared person re-identification on mmengine."""

from .utils.torchvision_compat import ensure_torchvision_imports
from .version import __version__

# Before anything else: mmpretrain and mmengine's Runner import torchvision.
ensure_torchvision_imports()

__all__ = ['__version__']
