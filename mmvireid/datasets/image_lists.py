"""Text files that list images or identities, read strictly: an error names the file and the line."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from mmvireid.structures import Modality


class ListedImage(NamedTuple):
    """An image that a line of a file names; ``where`` is the file and the line, for messages."""

    path: Path
    pid: int
    modality: Modality
    where: str
    cam_id: int = 0

    def record(self) -> dict:
        """What :meth:`BaseReIDDataset.scan` returns of an image."""
        return dict(img_path=str(self.path), pid=self.pid, cam_id=self.cam_id, modality=self.modality)


def read_labeled_lists(root: Path, files: Mapping[Modality, Path]) -> list[ListedImage]:
    """Read one list a modality, of lines ``<path relative to root> <label>``.

    An image's identity is the number that its folder is named by. Published lists label the identities of each half
    anew, so that labels cannot tell whether training and test identities are disjoint; they serve as a check.

    Raises:
        FileNotFoundError: Listed images do not exist.
        ValueError: A line is not of that form, a label stands for two identities or an identity has two labels, in
            one list or over both, or an image is listed twice.
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
    """Read identity numbers separated by commas or line ends, and sort them.

    Raises:
        ValueError: The file holds something else.
    """
    try:
        return sorted({int(item) for item in read_text(file).replace('\n', ',').split(',') if item.strip()})
    except ValueError as error:
        raise ValueError(f"'{file}' must hold identity numbers separated by commas: {error}.") from None


def read_text(file: Path) -> str:
    """Read a text file, with or without a byte order mark.

    Raises:
        ValueError: It is not UTF-8.
    """
    try:
        return file.read_text(encoding='utf-8-sig')
    except UnicodeDecodeError as error:
        raise ValueError(f"'{file}' is not a text file in UTF-8: {error}.") from None


def image_path(root: Path, name: str, where: str) -> Path:
    """The path of an image that a file names relative to ``root``.

    Raises:
        ValueError: It is not under ``root``.
    """
    if PurePosixPath(name).is_absolute() or '..' in PurePosixPath(name).parts:
        raise ValueError(f"{where}: the path '{name}' must be relative to '{root}' and stay inside it.")
    return root / name


def whole_number(text: str, what: str, where: str) -> int:
    """Read a number from 0 up.

    Raises:
        ValueError: ``text`` is none; the message says ``what`` it is of and ``where`` it stands.
    """
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{where}: {what} '{text}' is not a whole number.")
    return int(text)


def check_listed_once(images: Iterable[ListedImage]) -> None:
    """Raise ValueError if an image is listed twice."""
    first: dict[Path, str] = {}
    for image in images:
        if image.path in first:
            raise ValueError(f"{image.where}: '{image.path}' is listed a second time, first in {first[image.path]}.")
        first[image.path] = image.where


def check_files_exist(images: Sequence[ListedImage]) -> None:
    """Raise FileNotFoundError if a listed image does not exist."""
    missing = [image for image in images if not image.path.is_file()]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} of {len(images)} listed images do not exist. First: '{missing[0].path}', from "
            f'{missing[0].where}.'
        )


def _check_one_to_one(images: Sequence[ListedImage], labels: Sequence[int]) -> None:
    first_of_label: dict[int, ListedImage] = {}
    first_of_pid: dict[int, tuple[int, str]] = {}
    for image, label in zip(images, labels, strict=True):
        first = first_of_label.setdefault(label, image)
        if first.pid != image.pid:
            raise ValueError(
                f'{image.where}: label {label} stands for identity {image.pid} here, for {first.pid} in {first.where}.'
            )
        first_label, where = first_of_pid.setdefault(image.pid, (label, image.where))
        if first_label != label:
            raise ValueError(f'{image.where}: identity {image.pid} has label {label} here, {first_label} in {where}.')
