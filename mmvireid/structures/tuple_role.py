"""The roles of images in a tuple."""

from enum import IntEnum


class TupleRole(IntEnum):
    """Name the role of an image in a tuple of six images (LCCRF Sec. 4.3).

    A tuple has one image for each role and modality.

    Example:
        >>> [role.name.lower() for role in TupleRole]
        ['anchor', 'positive', 'negative']
    """

    ANCHOR = 0
    POSITIVE = 1
    NEGATIVE = 2
