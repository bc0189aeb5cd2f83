"""mmvireid: a toolbox for visible-infrared person re-identification on mmengine."""

from .utils.torchvision_compat import ensure_torchvision_imports
from .version import __version__

# mmpretrain and mmengine's Runner import torchvision, so this comes first.
ensure_torchvision_imports()

__all__ = ['__version__']
