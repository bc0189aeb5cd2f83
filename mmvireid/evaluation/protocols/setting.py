"""A setting of a protocol: which images ask, which are asked, how many of those are drawn."""

from dataclasses import dataclass

import numpy as np

from mmvireid.structures import Modality

from ..image_set import ImageSet


@dataclass(frozen=True)
class ImageFilter:
    """Images of a modality and of some cameras.

    Attributes:
        modality: None: either.
        cam_ids: None: all, and camera numbers are not looked at.
    """

    modality: Modality | None = None
    cam_ids: tuple[int, ...] | None = None

    def mask(self, images: ImageSet) -> np.ndarray:
        """(N,) bool, the images that pass."""
        passed = np.ones(len(images), dtype=bool)
        if self.modality is not None:
            passed &= images.modalities == self.modality
        if self.cam_ids is not None:
            passed &= np.isin(images.cam_ids, self.cam_ids)
        return passed

    def __str__(self) -> str:
        modality = '' if self.modality is None else f'{self.modality.name.lower()} '
        return f'{modality}image' + ('' if self.cam_ids is None else f' of cameras {list(self.cam_ids)}')


@dataclass(frozen=True)
class Setting:
    """Who asks whom.

    Attributes:
        query: The images that ask.
        gallery: The images that are asked, or from which a trial's gallery is drawn.
        shots: Images drawn for each identity in each camera; None: all are asked, and there is but one trial.
    """

    query: ImageFilter
    gallery: ImageFilter
    shots: int | None = None


VISIBLE = ImageFilter(Modality.VISIBLE)
INFRARED = ImageFilter(Modality.INFRARED)
