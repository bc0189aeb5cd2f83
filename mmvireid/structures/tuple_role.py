"""What an image is for in a tuple of images."""

from enum import IntEnum


class TupleRole(IntEnum):
    """Place of an image in a tuple; each place is taken once in each modality (LCCRF Sec. 4.3)."""

    ANCHOR = 0
    POSITIVE = 1
    NEGATIVE = 2
