"""A lock that keeps two trainings out of one work dir."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from mmengine.logging import print_log

from mmvireid.utils.run_tool import missing_parents

from .atomic_backend import remove_unfinished_files
from .training_stopped import TrainingStopped

LOCK_FILE = 'train.lock'


@contextmanager
def lock_work_dir(work_dir: str | Path) -> Iterator[None]:
    """Keep other trainings out of a work dir, and remove what dead processes left there.

    The operating system releases the lock when the process ends, whatever ended it. The file's text says who holds
    the lock. Call this function in one process of a distributed training.

    Args:
        work_dir: The folder of logs and checkpoints; it is created if it does not exist.

    Raises:
        TrainingStopped: Another training uses the work dir; the message names its host, process id and start time.

    Example:
        >>> from mmvireid.engine import lock_work_dir
        >>> with lock_work_dir('work_dirs/agw'):
        ...     Path('work_dirs/agw/train.lock').is_file()
        True
        >>> Path('work_dirs/agw/train.lock').is_file()
        False
    """
    path = Path(work_dir) / LOCK_FILE
    made_folders = missing_parents(path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _open_locked(path)
    try:
        _sign(path, descriptor)
        try:
            remove_unfinished_files(work_dir)
            yield
        finally:
            path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
        for folder in made_folders:
            with suppress(OSError):  # the training left something in it
                folder.rmdir()


def _open_locked(path: Path) -> int:
    """Open the lock file and lock it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            # Data loader workers do not inherit this kind of lock, so a killed training leaves it to the next one.
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            owner = _read_owner(descriptor)
            os.close(descriptor)
            raise TrainingStopped(
                f"Another training uses the work dir '{path.parent}': {_describe(owner)}. Wait until it ends, or give "
                'another --work-dir.'
            ) from None
        except OSError as error:
            print_log(f"No lock protects '{path.parent}': {error.strerror}.", logger='current')
            return descriptor
        if path.exists() and os.fstat(descriptor).st_ino == path.stat().st_ino:
            return descriptor
        os.close(descriptor)  # the previous owner removed the file after this process had opened it


def _sign(path: Path, descriptor: int) -> None:
    """Write into the locked file who holds the lock."""
    previous, host = _read_owner(descriptor), socket.gethostname()
    if previous and previous['host'] != host:
        # Some network file systems do not show a lock to other hosts, so this process may still run.
        raise TrainingStopped(
            f"A training on another host holds the lock of the work dir '{path.parent}': {_describe(previous)}. If it "
            f"does not run any more, delete '{path}'."
        )
    if previous:
        print_log(f"Take over the lock of the work dir '{path.parent}': {_describe(previous)} is gone.", 'current')
    owner = dict(host=host, pid=os.getpid(), started=datetime.now().isoformat(' ', 'seconds'))
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(owner).encode(), 0)


def _read_owner(descriptor: int) -> dict | None:
    try:
        owner = json.loads(os.pread(descriptor, 4096, 0))
        return owner if {'host', 'pid', 'started'} <= owner.keys() else None
    except (ValueError, AttributeError):
        return None


def _describe(owner: dict | None) -> str:
    if owner is None:
        return 'a process that has just started'
    return f'process {owner["pid"]} on host {owner["host"]}, started at {owner["started"]}'
