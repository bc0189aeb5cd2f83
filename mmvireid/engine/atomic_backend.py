"""Files that are whole or not there."""

import os
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend


@register_backend('atomic_local')
class AtomicLocalBackend(LocalBackend):
    """mmengine's local file backend, writing beside the file and renaming.

    A process that is killed while it saves leaves the file that was there before.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        unfinished = f'{filepath}.part'
        super().put(obj, unfinished)
        os.replace(unfinished, filepath)
