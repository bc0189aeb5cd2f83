"""What a protocol knows about the images of a test set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .modality import Modality


@dataclass(frozen=True)
class ImageSet:
    """Annotations of N images, in any order.

    Attributes:
        pids: (N,) integer identities, as the data set numbers them.
        cam_ids: (N,) integer camera numbers.
        modalities: (N,) integers, see :class:`mmvireid.structures.Modality`.
        paths: (N,) strings. Their sorted order is the order of the images within an identity and a camera, and the
            order in which equal distances are ranked.

    Raises:
        ValueError: On unequal lengths, an unknown modality or a path that occurs twice.
    """

    pids: np.ndarray
    cam_ids: np.ndarray
    modalities: np.ndarray
    paths: np.ndarray

    def __post_init__(self) -> None:
        for name in ('pids', 'cam_ids', 'modalities', 'paths'):
            object.__setattr__(self, name, np.asarray(getattr(self, name)))
        lengths = {name: getattr(self, name).shape for name in ('pids', 'cam_ids', 'modalities', 'paths')}
        if len(set(lengths.values())) != 1 or self.paths.ndim != 1:
            raise ValueError(f'pids, cam_ids, modalities and paths must be vectors of one length; shapes: {lengths}.')
        unknown = ~np.isin(self.modalities, list(Modality))
        if unknown.any():
            first = unknown.argmax()
            raise ValueError(
                f"Unknown modality {self.modalities[first]} of '{self.paths[first]}': 0 is visible, 1 is infrared."
            )
        names, counts = np.unique(self.paths, return_counts=True)
        if (counts > 1).any():
            raise ValueError(f"Image '{names[counts > 1][0]}' occurs {counts.max()} times: each image is scored once.")

    def __len__(self) -> int:
        return len(self.paths)

    def take(self, indices: Sequence[int] | np.ndarray) -> 'ImageSet':
        """The images at ``indices``, in that order."""
        return ImageSet(self.pids[indices], self.cam_ids[indices], self.modalities[indices], self.paths[indices])
