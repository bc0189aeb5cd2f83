"""Draw a contact sheet of a synthetic data set: one row per identity, one block of images per camera."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from mmvireid.utils.atomic_file import write_atomically

_HEADER, _MARGIN, _GAP = 22, 46, 6  # pixels
_BACKGROUND, _INK = 255, (40, 40, 40)


def make_contact_sheet(
    root: str | Path, out: str | Path, pids: Sequence[int] | None = None, views: int | None = None
) -> Path:
    """Draw a contact sheet of a data set in SYSU-MM01's or RegDB's layout.

    Args:
        root: Folder with ``cam1`` to ``cam6``, or with ``Visible`` and ``Thermal``.
        out: Image file to write. Its folder is created.
        pids: Identities to show; None shows eight of the identities that most cameras see.
        views: Number of images per identity and camera; a missing image is gray. None shows three images if there
            are six cameras and nine if there are two.

    Returns:
        The image file.

    Raises:
        FileNotFoundError: ``root`` holds no image.
        ValueError: The suffix of ``out`` names no format of pictures.
        OSError: ``out`` cannot be written.

    Example:
        >>> for path in (Path('Visible/1/v_00001_1.bmp'), Path('Thermal/1/t_00001_1.bmp')):
        ...     path.parent.mkdir(parents=True)
        ...     _ = cv2.imwrite(str(path), np.zeros((64, 32, 3), np.uint8))
        >>> make_contact_sheet('.', 'sheet.png', views=2).name
        'sheet.png'
        >>> cv2.imread('sheet.png').shape
        (156, 314, 3)
    """
    root, out = Path(root), Path(out)
    cameras = _find_cameras(root)
    pids = _choose(cameras.values()) if pids is None else list(pids)
    views = views or 18 // max(1, len(cameras))
    files = {
        (pid, title): sorted(folders[pid].iterdir())[:views] if pid in folders else []
        for pid in pids
        for title, folders in cameras.items()
    }
    first = next((paths[0] for paths in files.values() if paths), None)
    if first is None:
        raise FileNotFoundError(
            f'found no images in {root}; expected files such as cam1/0001/0001.jpg or Visible/1/v_00001_1.bmp'
        )
    height, width = cv2.imread(str(first)).shape[:2]
    zoom = max(1, 128 // height)
    height, width = height * zoom, width * zoom
    block = views * width + _GAP
    sheet = np.full((_HEADER + len(pids) * (height + _GAP), _MARGIN + len(cameras) * block, 3), _BACKGROUND, np.uint8)
    for column, title in enumerate(cameras):
        left = _MARGIN + column * block
        _write(sheet, title, (left, 15))
        for row, pid in enumerate(pids):
            top = _HEADER + row * (height + _GAP)
            _write(sheet, f'{pid:04d}', (4, top + 15))
            sheet[top : top + height, left : left + views * width] = 225
            for view, path in enumerate(files[pid, title]):
                image = cv2.resize(cv2.imread(str(path)), (width, height), interpolation=cv2.INTER_NEAREST)
                sheet[top : top + height, left + view * width : left + (view + 1) * width] = image
    if not out.suffix or not cv2.haveImageWriter(f'x{out.suffix}'):
        raise ValueError(f"Could not write '{out}': its suffix names no format of pictures. Choose png or jpg.")
    write_atomically(out, cv2.imencode(out.suffix, sheet)[1].tobytes())
    return out


def _find_cameras(root: Path) -> dict[str, dict[int, Path]]:
    """Find the folder of every identity; the keys are a title per camera and the identity's number."""
    folders = {name: name.lower() for name in ('Visible', 'Thermal')}
    for number in range(1, 7):
        folders[f'cam{number}'] = f'cam{number} {"infrared" if number in (3, 6) else "visible"}'
    return {
        title: {int(folder.name): folder for folder in (root / name).iterdir()}
        for name, title in folders.items()
        if (root / name).is_dir()
    }


def _choose(cameras: Iterable[dict[int, Path]], number: int = 8) -> list[int]:
    """Choose evenly spaced identities from those that the most cameras see."""
    seen = Counter(pid for folders in cameras for pid in folders)
    often = sorted(pid for pid, times in seen.items() if times == max(seen.values()))
    return often[:: max(1, len(often) // number)][:number]


def _write(sheet: np.ndarray, text: str, position: tuple[int, int]) -> None:
    cv2.putText(sheet, text, position, cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
