from ..image_file import read_image
from .color_order import RGBLighting, RGBTransform, refuse_bgr_transforms
from .loading import LoadReIDImage
from .packing import PackReIDInputs
from .zoom_crop import RandomZoomCrop

__all__ = [
    'LoadReIDImage',
    'PackReIDInputs',
    'RGBLighting',
    'RGBTransform',
    'RandomZoomCrop',
    'read_image',
    'refuse_bgr_transforms',
]
