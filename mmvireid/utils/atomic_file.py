"""Write files that are whole or not there."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def atomic_file(file: str | Path) -> Iterator[Path]:
    """Give a temporary path in the same folder, and rename it to ``file`` when the block ends without an error.

    A reader sees the whole new file or the whole old file. If the block fails, the temporary file is removed and the
    old file stays. The temporary name ends in the suffix of ``file``. The folder is created. A link stays a link. A
    device, such as ``/dev/stdout``, is written without a temporary file.

    Raises:
        OSError: The file cannot be written. The message names the file and says why.

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.utils.atomic_file import atomic_file
        >>> with atomic_file('runs/result.txt') as temporary:
        ...     _ = temporary.write_text('R1 61.7')
        >>> [path.name for path in Path('runs').iterdir()]
        ['result.txt']
    """
    with _named_errors(file):
        direct = is_device(file)
        if direct:
            yield Path(file)
    if direct:
        return
    final = Path(os.path.realpath(file))
    temporary = _beside(final)
    try:
        with _named_errors(file):
            _make_place(file, final)
            yield temporary
            with temporary.open('rb+') as stream:  # some file systems report a full disk only here
                os.fsync(stream.fileno())
            temporary.replace(final)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def write_atomically(file: str | Path, content: bytes) -> None:
    """Write bytes to a file that is whole or not there (see :func:`atomic_file`).

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.utils.atomic_file import write_atomically
        >>> write_atomically('runs/result.txt', b'R1 61.7')
        >>> Path('runs/result.txt').read_text()
        'R1 61.7'
    """
    with atomic_file(file) as temporary:
        temporary.write_bytes(content)


def check_writable(file: str | Path) -> None:
    """Create the folder of a file and check that the file can be written. Call it before long work starts.

    Raises:
        OSError: The file cannot be written. The message names the file and says why.

    Example:
        >>> from pathlib import Path
        >>> from mmvireid.utils.atomic_file import check_writable
        >>> check_writable('runs/result.json')
        >>> Path('runs').is_dir(), Path('runs/result.json').exists()
        (True, False)
        >>> check_writable('runs')
        Traceback (most recent call last):
        IsADirectoryError: Could not write 'runs': it is a folder. Give the name of a file.
    """
    final = Path(os.path.realpath(file))
    trial = _beside(final)
    with _named_errors(file):
        if is_device(file):
            return
        _make_place(file, final)
        try:
            trial.write_bytes(b'')
        finally:
            trial.unlink(missing_ok=True)


def is_device(file: str | Path) -> bool:
    """Return whether a path is a device or a pipe, which no file may replace.

    Example:
        >>> from mmvireid.utils.atomic_file import is_device
        >>> is_device('/dev/stdout'), is_device('result.json')
        (True, False)
    """
    file = Path(file)
    if file.is_absolute() and file.parts[1:2] == ('dev',) and 'shm' not in file.parts[:3]:
        return True
    return file.exists() and not file.is_file() and not file.is_dir()


def _beside(final: Path) -> Path:
    """Choose a name in the same folder that no other process uses."""
    return final.parent / f'.part-{uuid.uuid4().hex[:12]}{final.suffix}'


def _make_place(file: str | Path, final: Path) -> None:
    """Create the folder, and refuse names that no file can have."""
    if not final.name or final.is_dir():
        raise IsADirectoryError(f"Could not write '{file}': it is a folder. Give the name of a file.")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise NotADirectoryError(f"Could not write '{file}': a part of its folder is a file.") from None


@contextmanager
def _named_errors(file: str | Path) -> Iterator[None]:
    """Let every error of the system name the file."""
    try:
        yield
    except Exception as error:
        cause = _system_error(error)
        if cause is None:
            raise
        raise type(cause)(
            f"Could not write '{file}': {cause.strerror}. Free some space, or choose another place."
        ) from error


def _system_error(error: BaseException | None) -> OSError | None:
    """Find the error of the system behind an error. A library may hide it: numpy hides a full disk behind a zip."""
    while error is not None:
        if isinstance(error, OSError) and error.strerror:
            return error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return None
