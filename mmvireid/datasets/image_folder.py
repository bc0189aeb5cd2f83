"""Find the image files of a folder, and remember each entry that is none."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2

# The suffixes of the formats that the installed OpenCV reads; JPEG 2000, WebP and AVIF depend on its build.
IMAGE_SUFFIXES = tuple(
    suffix
    for suffix in (
        *('.jpg', '.jpeg', '.jpe', '.png', '.bmp', '.dib', '.webp', '.tif', '.tiff'),
        *('.pgm', '.ppm', '.pbm', '.pnm', '.jp2', '.avif'),
    )
    if cv2.haveImageWriter(f'a{suffix}')
)


class IgnoredEntries:
    """Collect the entries of folders that are no image files, for one line in the log.

    Hidden entries do not count.

    Example:
        >>> Path('links').mkdir()
        >>> Path('links/b.png').symlink_to('nowhere.png')
        >>> Path('links/notes.txt').touch()
        >>> ignored = IgnoredEntries()
        >>> list_images(Path('links'), ignored)
        []
        >>> str(ignored)
        "2 entries that are no images: 1 broken link, 1 other suffix (first: 'links/b.png')"
    """

    def __init__(self) -> None:
        self._reasons: dict[Path, str] = {}

    def __len__(self) -> int:
        return len(self._reasons)

    def __str__(self) -> str:
        counts = ', '.join(f'{number} {reason}' for reason, number in sorted(Counter(self._reasons.values()).items()))
        noun = 'entry that is no image' if len(self) == 1 else 'entries that are no images'
        return f"{len(self)} {noun}: {counts} (first: '{min(self._reasons)}')"

    def add(self, path: Path) -> None:
        """Remember an entry, and why it is not an image."""
        if is_regular_file(path):
            self._reasons[path] = 'other suffix'
        elif path.is_symlink() and not _exists(path):
            self._reasons[path] = 'broken link'
        else:
            self._reasons[path] = 'folder' if path.is_dir() else 'no regular file'


def list_images(folder: Path, ignored: IgnoredEntries | None = None) -> list[Path]:
    """List the image files directly in a folder, sorted. Skip hidden files.

    A folder that does not exist has no images.

    Args:
        folder: The folder.
        ignored: Gets the entries that are neither image files nor hidden.

    Example:
        >>> for name in ('b.png', 'a.jpg', 'notes.txt', '.hidden.png'):
        ...     Path(name).touch()
        >>> [path.name for path in list_images(Path('.'))]
        ['a.jpg', 'b.png']
        >>> list_images(Path('nowhere'))
        []
    """
    if not folder.is_dir():
        if ignored is not None and folder.is_symlink():
            ignored.add(folder)
        return []
    images = []
    for path in visible_entries(folder):
        if path.suffix.lower() in IMAGE_SUFFIXES and is_regular_file(path):
            images.append(path)
        elif ignored is not None:
            ignored.add(path)
    return images


def visible_entries(folder: Path) -> Iterator[Path]:
    """Yield the entries of a folder in sorted order, without hidden ones.

    Example:
        >>> Path('data/cam1').mkdir(parents=True)
        >>> Path('data/.hidden').touch()
        >>> [path.name for path in visible_entries(Path('data'))]
        ['cam1']
    """
    yield from sorted(path for path in folder.iterdir() if not path.name.startswith('.'))


def is_regular_file(path: Path) -> bool:
    """Tell if a path leads to a regular file. A broken link, a link loop and an impossible name do not.

    Example:
        >>> Path('c').touch()
        >>> is_regular_file(Path('c')), is_regular_file(Path('.')), is_regular_file(Path('a' * 5000))
        (True, False, False)
    """
    try:
        return path.is_file()
    except OSError:
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
