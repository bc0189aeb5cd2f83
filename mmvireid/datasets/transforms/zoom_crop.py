"""Random zoom: enlarge an image and crop it back."""

import mmcv
import numpy as np
from mmcv.transforms import BaseTransform

from mmvireid.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomZoomCrop(BaseTransform):
    """Resize an image to ``size``; with probability ``prob``, enlarge it further and crop it back to ``size``.

    The place of the crop is random. Required key: ``img`` (H, W, 3). Modified keys: ``img``, ``img_shape`` (height,
    width).

    Args:
        size: Height and width of the result.
        zoom: Factor of the enlarged image, at least 1. An image is enlarged to ``zoom * size`` before the crop.
        prob: Probability of the zoom. Other images are only resized.

    Raises:
        ValueError: ``zoom`` is less than 1, or ``prob`` is not a probability.

    Example:
        >>> import numpy as np
        >>> from mmvireid.registry import TRANSFORMS
        >>> zoom_crop = TRANSFORMS.build(dict(type='RandomZoomCrop', size=(160, 64), zoom=1.125, prob=0.5))
        >>> zoom_crop(dict(img=np.zeros((300, 100, 3), np.uint8)))['img'].shape
        (160, 64, 3)
    """

    def __init__(self, size: tuple[int, int], zoom: float = 1.125, prob: float = 0.5) -> None:
        super().__init__()
        if zoom < 1:
            raise ValueError(f'zoom={zoom} must be at least 1.')
        if not 0 <= prob <= 1:
            raise ValueError(f'prob={prob} must be between 0 and 1.')
        self.size = tuple(size)
        self.zoom = zoom
        self.prob = prob

    def transform(self, results: dict) -> dict:
        height, width = self.size
        if np.random.random() < 1 - self.prob:
            img = mmcv.imresize(results['img'], (width, height))
        else:
            zoomed_height, zoomed_width = round(self.zoom * height), round(self.zoom * width)
            img = mmcv.imresize(results['img'], (zoomed_width, zoomed_height))
            top = np.random.randint(zoomed_height - height + 1)
            left = np.random.randint(zoomed_width - width + 1)
            img = img[top : top + height, left : left + width]
        results['img'] = img
        results['img_shape'] = (height, width)
        return results
