"""The two image modalities of visible-infrared re-identification."""

from enum import IntEnum


class Modality(IntEnum):
    """Name the spectrum of an image.

    Tensors and files store it as an integer: 0 is visible, 1 is infrared (near-infrared or thermal).

    Example:
        >>> int(Modality.INFRARED)
        1
        >>> Modality(0).name.lower()
        'visible'
    """

    VISIBLE = 0
    INFRARED = 1
