from .loading import LoadReIDImage, read_image
from .packing import PackReIDInputs

__all__ = ['LoadReIDImage', 'PackReIDInputs', 'read_image']
