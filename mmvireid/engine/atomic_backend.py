"""A file backend that writes a file completely or not at all."""

import os
import socket
import uuid
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

UNFINISHED = '.part'


@register_backend('atomic_local')
class AtomicLocalBackend(LocalBackend):
    """Write each file under a temporary name, flush it to the disk, and rename it.

    If the process dies while it writes, the previous file stays. If writing fails, no temporary file stays.
    The temporary name holds host, process id and a random number, so two processes never write to one file.

    Raises:
        OSError: The file cannot be written; the message names the file.

    Example:
        >>> from mmengine.fileio import get_file_backend
        >>> backend = get_file_backend('.', backend_args=dict(backend='atomic_local'))
        >>> backend.put(b'weights', 'epoch_1.pth')
        >>> backend.put_text('epoch_1.pth', 'last_checkpoint')
        >>> sorted(path.name for path in Path('.').iterdir())
        ['epoch_1.pth', 'last_checkpoint']
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes to a file.

        Args:
            obj: The bytes.
            filepath: The file; its folder is created if it does not exist.
        """
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f'.{path.name}.{_host()}.{os.getpid()}.{uuid.uuid4().hex[:8]}{UNFINISHED}')
        try:
            with open(unfinished, 'wb') as file:
                file.write(obj)
                file.flush()
                os.fsync(file.fileno())  # otherwise a power failure may leave an empty file under the final name
            os.replace(unfinished, path)
        except BaseException as error:
            unfinished.unlink(missing_ok=True)
            if isinstance(error, OSError):
                error.filename, error.filename2 = str(path), None
            raise

    def put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
        """Write a text to a file, like :meth:`put`."""
        self.put(obj.encode(encoding), filepath)


def remove_unfinished_files(folder: str | Path) -> list[str]:
    """Remove the temporary files that dead processes left in a folder.

    A file stays if its process still runs on this host. Call this function only while no other host trains in the
    folder, because the state of a process on another host is unknown.

    Args:
        folder: The folder, without its subfolders.

    Returns:
        The names of the removed files.

    Example:
        >>> from mmvireid.engine import remove_unfinished_files
        >>> Path('.epoch_1.pth.lost-host.4711.0a1b2c3d.part').touch()
        >>> remove_unfinished_files('.')
        ['.epoch_1.pth.lost-host.4711.0a1b2c3d.part']
    """
    removed = []
    for path in sorted(Path(folder).glob(f'*{UNFINISHED}')):
        host, pid = ['', '', *path.name.split('.')][-4:-2]
        if host == _host() and pid.isdigit() and _is_running(int(pid)):
            continue
        path.unlink(missing_ok=True)
        removed.append(path.name)
    return removed


def _host() -> str:
    return socket.gethostname().split('.')[0]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # the process of another user
    return True
