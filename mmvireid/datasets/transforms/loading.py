"""Reading an image file of either modality."""

from pathlib import Path

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from mmvireid.registry import TRANSFORMS
from mmvireid.structures import Modality


@TRANSFORMS.register_module()
class LoadReIDImage(BaseTransform):
    """Read an image as RGB; of an infrared one, its single channel three times.

    Required keys: ``img_path``, ``modality``. Added keys: ``img`` (H, W, 3) uint8, ``ori_shape`` and ``img_shape``
    (H, W).

    Raises:
        OSError: The file is missing, empty, truncated or no image; the message names it.
    """

    def transform(self, results: dict) -> dict:
        img = read_image(results['img_path'], Modality(results['modality']))
        results['img'] = img
        results['ori_shape'] = results['img_shape'] = img.shape[:2]
        return results


def read_image(path: str | Path, modality: Modality) -> np.ndarray:
    """Decode an image file to (H, W, 3) uint8 RGB; an infrared image gets three equal channels.

    Raises:
        OSError: The file is missing, empty, truncated or no image; the message names it.
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"Image '{path}' is missing.") from None
    if not data:
        raise OSError(f"Image '{path}' is an empty file: restore it or remove it from the data set.")
    # OpenCV fills what a truncated JPEG lacks with gray and says nothing: look for the end-of-image marker.
    truncated = data.startswith(b'\xff\xd8') and data.rfind(b'\xff\xd9') < 0
    infrared = modality is Modality.INFRARED
    flag = cv2.IMREAD_GRAYSCALE if infrared else cv2.IMREAD_COLOR
    img = None if truncated else cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    if img is None:
        raise OSError(
            f"Image '{path}' is {'truncated' if truncated else 'corrupt or not an image'} ({len(data)} bytes): "
            'restore it or remove it from the data set.'
        )
    return cv2.cvtColor(img, cv2.COLOR_GRAY2RGB if infrared else cv2.COLOR_BGR2RGB)
