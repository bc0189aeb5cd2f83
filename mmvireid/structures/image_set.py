"""Annotations of the images of a test set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .modality import Modality


@dataclass(frozen=True)
class ImageSet:
    """Hold the annotations of N images, in any order.

    The sorted order of the paths is the order of the images within an identity and a camera. It is also the order in
    which images at equal distance are ranked.

    Attributes:
        pids: (N,) integer identities, as the data set numbers them.
        cam_ids: (N,) integer camera numbers.
        modalities: (N,) integers, see :class:`mmvireid.structures.Modality`.
        paths: (N,) strings.

    Raises:
        ValueError: Lengths differ, a modality is unknown or a path occurs twice.

    Example:
        >>> from mmvireid.structures import ImageSet
        >>> images = ImageSet(pids=[6, 7], cam_ids=[3, 1], modalities=[1, 0], paths=['cam3/0006.jpg', 'cam1/0007.jpg'])
        >>> len(images), images.take([1]).pids.tolist()
        (2, [7])
    """

    pids: np.ndarray
    cam_ids: np.ndarray
    modalities: np.ndarray
    paths: np.ndarray

    def __post_init__(self) -> None:
        for name in ('pids', 'cam_ids', 'modalities', 'paths'):
            object.__setattr__(self, name, np.asarray(getattr(self, name)))
        shapes = {name: getattr(self, name).shape for name in ('pids', 'cam_ids', 'modalities', 'paths')}
        if len(set(shapes.values())) != 1 or self.paths.ndim != 1:
            raise ValueError(f'pids, cam_ids, modalities and paths must be vectors of one length; shapes: {shapes}.')
        unknown = ~np.isin(self.modalities, list(Modality))
        if unknown.any():
            first = unknown.argmax()
            raise ValueError(
                f"Unknown modality {self.modalities[first]} of '{self.paths[first]}': 0 is visible, 1 is infrared."
            )
        paths, counts = np.unique(self.paths, return_counts=True)
        if (counts > 1).any():
            raise ValueError(f"Image '{paths[counts > 1][0]}' occurs {counts.max()} times: give each image once.")

    def __len__(self) -> int:
        return len(self.paths)

    def take(self, indices: Sequence[int] | np.ndarray) -> 'ImageSet':
        """Return the images at ``indices``, in that order."""
        return ImageSet(self.pids[indices], self.cam_ids[indices], self.modalities[indices], self.paths[indices])
