"""The six cameras of SYSU-MM01, for the protocols on its images."""

from functools import partial

import numpy as np

from mmvireid.structures import Modality

from ..image_set import ImageSet
from .exclusion import camera_pairs

VISIBLE_CAMERAS = (1, 2, 4, 5)
INFRARED_CAMERAS = (3, 6)

# An infrared and a visible camera at one place: a query of the first skips gallery images of the second.
same_place = partial(camera_pairs, pairs=((3, 2),))


def check_cameras(images: ImageSet) -> None:
    """Refuse images whose camera and modality contradict each other.

    Raises:
        ValueError: Naming the first such image.
    """
    expected = np.select(
        [np.isin(images.cam_ids, VISIBLE_CAMERAS), np.isin(images.cam_ids, INFRARED_CAMERAS)],
        [Modality.VISIBLE, Modality.INFRARED],
        default=-1,
    )
    wrong = expected != images.modalities
    if wrong.any():
        first = wrong.argmax()
        raise ValueError(
            f"'{images.paths[first]}': camera {images.cam_ids[first]} with modality {images.modalities[first]}. "
            f'SYSU-MM01 has the visible (0) cameras {VISIBLE_CAMERAS} and the infrared (1) cameras {INFRARED_CAMERAS}.'
        )
