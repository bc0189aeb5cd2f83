"""The two image modalities of visible-infrared re-identification."""

from enum import IntEnum


class Modality(IntEnum):
    """Spectrum in which an image was taken.

    Stored as an integer in tensors and files: 0 visible, 1 infrared (near-infrared or thermal).
    """

    VISIBLE = 0
    INFRARED = 1
