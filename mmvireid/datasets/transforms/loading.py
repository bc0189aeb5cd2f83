"""Load the image of a record."""

import logging

import torch
from mmcv.transforms import BaseTransform
from mmengine.logging import print_log

from mmvireid.registry import TRANSFORMS
from mmvireid.structures import Modality

from ..image_file import MAX_PIXELS, decode_image


@TRANSFORMS.register_module()
class LoadReIDImage(BaseTransform):
    """Read an image as RGB. Repeat the single channel of an infrared image three times.

    Required keys: ``img_path``, ``modality``. Added keys: ``img`` (H, W, 3) uint8, ``ori_shape`` and ``img_shape``
    (H, W).

    A color image of an infrared camera becomes gray (its luma). The log names the first one.

    Args:
        max_pixels: Largest number of pixels of an image. A larger image is an error and is never decoded.
        value_range: Lowest and highest value of infrared images with more than 8 bits, such as ``(7000, 9000)`` for
            a thermal camera of 14 bits. The range is mapped linearly to 0..255; other values are clipped. None refuses
            images with more than 8 bits. Images of 8 bits do not change.

    Raises:
        OSError: The file is missing, empty, truncated or no image. The message names the file.
        ValueError: An option is wrong. Or the image is too large, has more than 8 bits or has transparent pixels; the
            message names the file.

    Example:
        >>> import cv2
        >>> import numpy as np
        >>> from mmvireid.datasets import LoadReIDImage
        >>> cv2.imwrite('a.png', np.full((8, 4, 3), 100, np.uint8))
        True
        >>> results = LoadReIDImage()(dict(img_path='a.png', modality=1))
        >>> results['img'].shape, results['ori_shape']
        ((8, 4, 3), (8, 4))
    """

    def __init__(self, max_pixels: int = MAX_PIXELS, value_range: tuple[float, float] | None = None) -> None:
        super().__init__()
        if type(max_pixels) is not int or max_pixels < 1:
            raise ValueError(f'max_pixels={max_pixels!r} must be a positive whole number.')
        if value_range is not None and not _is_range(value_range):
            raise ValueError(f'value_range={value_range!r} must be two numbers, the lower one first, or None.')
        self.max_pixels = max_pixels
        self.value_range = None if value_range is None else tuple(value_range)
        self._told = torch.zeros(1, dtype=torch.uint8).share_memory_()  # the workers of a data loader share it

    def transform(self, results: dict) -> dict:
        """Read the image of one record."""
        img, lost_color = decode_image(
            results['img_path'], Modality(results['modality']), self.max_pixels, self.value_range
        )
        if lost_color and not self._told:
            self._told.fill_(1)
            print_log(
                f"Image '{results['img_path']}' of an infrared camera is a color image. LoadReIDImage reduces it to "
                'gray, and does so for all such images without another message. Is the modality right?',
                logger='current',
                level=logging.WARNING,
            )
        results['img'] = img
        results['ori_shape'] = results['img_shape'] = img.shape[:2]
        return results


def _is_range(value: object) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) == 2
        and all(isinstance(bound, (int, float)) and not isinstance(bound, bool) for bound in value)
        and float('-inf') < value[0] < value[1] < float('inf')
    )
