"""Read an image file of either modality."""

from pathlib import Path

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from mmvireid.registry import TRANSFORMS
from mmvireid.structures import Modality


@TRANSFORMS.register_module()
class LoadReIDImage(BaseTransform):
    """Read an image as RGB. Repeat the single channel of an infrared image three times.

    Required keys: ``img_path``, ``modality``. Added keys: ``img`` (H, W, 3) uint8, ``ori_shape`` and ``img_shape``
    (H, W).

    Raises:
        OSError: The file is missing, empty, truncated or no image. The message names the file.

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

    def transform(self, results: dict) -> dict:
        """Read the image of one record."""
        img = read_image(results['img_path'], Modality(results['modality']))
        results['img'] = img
        results['ori_shape'] = results['img_shape'] = img.shape[:2]
        return results


def read_image(path: str | Path, modality: Modality) -> np.ndarray:
    """Decode an image file to (H, W, 3) uint8 RGB. An infrared image gets three equal channels.

    Raises:
        OSError: The file is missing, empty, truncated or no image. The message names the file.

    Example:
        >>> import cv2
        >>> import numpy as np
        >>> from mmvireid.datasets.transforms import read_image
        >>> from mmvireid.structures import Modality
        >>> cv2.imwrite('a.png', np.full((8, 4, 3), (0, 0, 255), np.uint8))  # OpenCV writes blue, green, red
        True
        >>> read_image('a.png', Modality.VISIBLE)[0, 0].tolist()
        [255, 0, 0]
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"Image '{path}' is missing.") from None
    if not data:
        raise OSError(f"Image '{path}' is an empty file. Restore it or remove it from the data set.")
    # OpenCV fills the missing part of a truncated JPEG with gray, without an error: look for the end-of-image marker.
    truncated = data.startswith(b'\xff\xd8') and data.rfind(b'\xff\xd9') < 0
    infrared = modality is Modality.INFRARED
    flag = cv2.IMREAD_GRAYSCALE if infrared else cv2.IMREAD_COLOR
    img = None if truncated else cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    if img is None:
        raise OSError(
            f"Image '{path}' is {'truncated' if truncated else 'corrupt or not an image'} ({len(data)} bytes). "
            'Restore it or remove it from the data set.'
        )
    return cv2.cvtColor(img, cv2.COLOR_GRAY2RGB if infrared else cv2.COLOR_BGR2RGB)
