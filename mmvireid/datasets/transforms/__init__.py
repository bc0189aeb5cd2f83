from ..image_file import read_image
from .loading import LoadReIDImage
from .packing import PackReIDInputs
from .zoom_crop import RandomZoomCrop

__all__ = ['LoadReIDImage', 'PackReIDInputs', 'RandomZoomCrop', 'read_image']
