from .loading import LoadReIDImage, read_image
from .packing import PackReIDInputs
from .zoom_crop import RandomZoomCrop

__all__ = ['LoadReIDImage', 'PackReIDInputs', 'RandomZoomCrop', 'read_image']
