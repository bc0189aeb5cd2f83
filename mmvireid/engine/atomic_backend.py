"""A file backend that never leaves half of a file."""

import os
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend


@register_backend('atomic_local')
class AtomicLocalBackend(LocalBackend):
    """Write a file next to its final place, then rename it.

    If the process is killed while it saves, the old file stays as it is.

    Example:
        >>> AtomicLocalBackend().put(b'weights', 'epoch_1.pth')
        >>> Path('epoch_1.pth').read_bytes()
        b'weights'
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes to a file."""
        unfinished = f'{filepath}.part'
        super().put(obj, unfinished)
        os.replace(unfinished, filepath)
