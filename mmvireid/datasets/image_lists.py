"""Strict readers of text files that list images or identities; an error names the file and the line."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from mmvireid.structures import Modality

from .image_folder import is_regular_file

MAX_DIGITS = 15  # exact in int64, in JSON and in the numbers of MATLAB


class ListedImage(NamedTuple):
    """Describe one image that a line of a file names.

    Attributes:
        path: File of the image.
        pid: Identity.
        modality: Modality of the image.
        where: File and line, for messages.
        cam_id: Camera number; 0 if the list does not name the camera.

    Example:
        >>> image = ListedImage(Path('vis/0007/a.jpg'), 7, Modality.VISIBLE, where="'list.txt', line 1")
        >>> image.record()['img_path'], image.record()['pid'], image.record()['cam_id']
        ('vis/0007/a.jpg', 7, 0)
    """

    path: Path
    pid: int
    modality: Modality
    where: str
    cam_id: int = 0

    def record(self) -> dict:
        """Return the record of the image, as :meth:`BaseReIDDataset.scan` must."""
        return dict(img_path=str(self.path), pid=self.pid, cam_id=self.cam_id, modality=self.modality)


def read_labeled_lists(root: Path, files: Mapping[Modality, Path]) -> list[ListedImage]:
    """Read one list for each modality. Each line has the form ``<path relative to root> <label>``.

    The identity of an image is the number of its folder. Published lists count the labels of each half from 0, so two
    halves share labels. Labels therefore cannot show that training and test identities differ; they only serve as a
    check.

    Args:
        root: Folder of the data set.
        files: The list of each modality.

    Raises:
        FileNotFoundError: Listed images do not exist.
        ValueError: A line has another form, an image is listed twice, or labels and identities do not match one to
            one over both lists.

    Example:
        >>> Path('vis/0007').mkdir(parents=True)
        >>> Path('vis/0007/a.jpg').touch()
        >>> _ = Path('train_vis.txt').write_text('vis/0007/a.jpg 0')
        >>> (image,) = read_labeled_lists(Path('.'), {Modality.VISIBLE: Path('train_vis.txt')})
        >>> image.pid, image.where
        (7, "'train_vis.txt', line 1")
    """
    images = []
    labels = []
    for modality, file in files.items():
        for number, line in enumerate(read_text(file).splitlines(), start=1):
            if not line.strip():
                continue
            where = f"'{file}', line {number}"
            fields = line.rsplit(maxsplit=1)
            if len(fields) != 2:
                raise ValueError(f"{where}: expected '<path> <label>', found '{line.strip()}'.")
            path = image_path(root, fields[0].strip(), where)
            images.append(ListedImage(path, whole_number(path.parent.name, 'identity folder', where), modality, where))
            labels.append(whole_number(fields[1], 'label', where))
    _check_one_to_one(images, labels)
    check_listed_once(images)
    check_files_exist(images)
    return images


def read_identities(file: Path) -> list[int]:
    """Read identity numbers, separated by commas or line ends, and sort them.

    Raises:
        ValueError: The file holds something else. The message names the line.

    Example:
        >>> _ = Path('test_id.txt').write_text('12,3,7')
        >>> read_identities(Path('test_id.txt'))
        [3, 7, 12]
    """
    return sorted(
        {
            whole_number(item.strip(), 'identity', f"'{file}', line {number}")
            for number, line in enumerate(read_text(file).splitlines(), start=1)
            for item in line.split(',')
            if item.strip()
        }
    )


def read_text(file: Path) -> str:
    """Read a text file, with or without a byte order mark.

    Raises:
        OSError: The path leads to no regular file.
        ValueError: The file is not in UTF-8.

    Example:
        >>> _ = Path('list.txt').write_text('a', encoding='utf-8-sig')
        >>> read_text(Path('list.txt'))
        'a'
    """
    if not is_regular_file(file):
        raise OSError(f"'{file}' is missing or no regular file. It must be a text file.")
    try:
        return file.read_text(encoding='utf-8-sig')
    except UnicodeDecodeError as error:
        raise ValueError(f"'{file}' is not a text file in UTF-8: {error}.") from None


def image_path(root: Path, name: str, where: str) -> Path:
    """Return the path of an image from its name relative to ``root``.

    Args:
        root: Folder of the data set.
        name: Path in the file.
        where: File and line, for the message.

    Raises:
        ValueError: The path leaves ``root``.

    Example:
        >>> image_path(Path('data'), 'vis/a.jpg', where='line 1').as_posix()
        'data/vis/a.jpg'
        >>> image_path(Path('data'), '../a.jpg', where='line 1')
        Traceback (most recent call last):
        ValueError: line 1: the path '../a.jpg' must be relative to 'data' and stay inside it.
    """
    if PurePosixPath(name).is_absolute() or '..' in PurePosixPath(name).parts:
        raise ValueError(f"{where}: the path '{name}' must be relative to '{root}' and stay inside it.")
    return root / name


def whole_number(text: str, what: str, where: str) -> int:
    """Read a whole number, 0 or more.

    Args:
        text: Digits.
        what: Meaning of the number, for the message.
        where: File and line, for the message.

    Raises:
        ValueError: ``text`` holds another character than a digit, or the number has more than 15 digits.

    Example:
        >>> whole_number('0012', what='identity', where='line 1')
        12
    """
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{where}: {what} '{_shorten(text)}' is not a whole number.")
    if len(text.lstrip('0')) > MAX_DIGITS:
        raise ValueError(f'{where}: {what} {_shorten(text)} has more than {MAX_DIGITS} digits.')
    return int(text)


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else f'{text[:57]}...'


def check_listed_once(images: Iterable[ListedImage]) -> None:
    """Check that no image is listed twice.

    Raises:
        ValueError: An image is listed twice. The message names both lines.

    Example:
        >>> image = ListedImage(Path('a.jpg'), 7, Modality.VISIBLE, where='line 1')
        >>> check_listed_once([image, image._replace(where='line 2')])
        Traceback (most recent call last):
        ValueError: line 2: 'a.jpg' is listed a second time, first in line 1.
    """
    first: dict[Path, str] = {}
    for image in images:
        if image.path in first:
            raise ValueError(f"{image.where}: '{image.path}' is listed a second time, first in {first[image.path]}.")
        first[image.path] = image.where


def check_files_exist(images: Sequence[ListedImage]) -> None:
    """Check that the file of every listed image exists.

    Raises:
        FileNotFoundError: A file does not exist or is not a regular file. The message counts such files and names the
            first.

    Example:
        >>> check_files_exist([ListedImage(Path('a.jpg'), 7, Modality.VISIBLE, where='line 1')])
        Traceback (most recent call last):
        FileNotFoundError: 1 of 1 listed images do not exist or are no regular files. First: 'a.jpg', from line 1.
    """
    missing = [image for image in images if not is_regular_file(image.path)]
    if missing:
        raise FileNotFoundError(
            f'{len(missing)} of {len(images)} listed images do not exist or are no regular files. First: '
            f"'{missing[0].path}', from {missing[0].where}."
        )


def _check_one_to_one(images: Sequence[ListedImage], labels: Sequence[int]) -> None:
    """Check that each label stands for one identity and each identity has one label."""
    image_by_label: dict[int, ListedImage] = {}
    label_by_pid: dict[int, tuple[int, str]] = {}
    for image, label in zip(images, labels, strict=True):
        first = image_by_label.setdefault(label, image)
        if first.pid != image.pid:
            raise ValueError(
                f'{image.where}: label {label} stands for identity {image.pid} here, for {first.pid} in {first.where}.'
            )
        first_label, where = label_by_pid.setdefault(image.pid, (label, image.where))
        if first_label != label:
            raise ValueError(f'{image.where}: identity {image.pid} has label {label} here, {first_label} in {where}.')
