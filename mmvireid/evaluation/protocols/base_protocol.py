"""What a protocol answers: who is a query, who is in the gallery, who may meet whom."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from ..image_set import ImageSet


@dataclass(frozen=True)
class Trial:
    """One gallery drawn for one setting; the indices point into the image set that the protocol was given.

    Attributes:
        setting: Name of the setting, such as ``'all-search/single-shot'``.
        number: Number of the trial within its setting, from 0.
        query_indices: (Q,) int64, in the order of the images' paths.
        gallery_indices: (G,) int64, in the order of the images' paths.
        num_short_cells: Identities in a camera with fewer images than the setting draws; all their images were taken.
    """

    setting: str
    number: int
    query_indices: np.ndarray
    gallery_indices: np.ndarray
    num_short_cells: int = 0


class BaseProtocol(ABC):
    """A test protocol.

    Attributes:
        name: How results call it.
        galleries: Which of the protocol's sets of galleries is used.
        settings: Names of the settings, in the order of reports.
        options: Everything else that changes the digits, by name.
        collapse_identities: Whether CMC counts identities or images.
    """

    name: str
    galleries: str
    settings: tuple[str, ...]
    options: dict
    collapse_identities: bool

    @abstractmethod
    def trials(self, images: ImageSet) -> list[Trial]:
        """All trials of all settings, setting by setting.

        Raises:
            ValueError: If a setting has no query or no gallery image, or a trial names an image that is not there.
        """

    def excluded(self, images: ImageSet, query_indices: np.ndarray, gallery_indices: np.ndarray) -> np.ndarray | None:
        """(Q, G) bool, True where a query skips a gallery image; None if the protocol excludes nothing.

        Large galleries are asked for in blocks: an entry depends on its two images only.
        """
        return None
