"""A labelled sheet of an embedded data set: a row for each identity, a block of views for each camera."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

_HEADER, _MARGIN, _GAP = 22, 46, 6  # pixels
_BACKGROUND, _INK = 255, (40, 40, 40)


def make_contact_sheet(root: str | Path, out: str | Path, pids: Sequence[int] | None = None, views: int = 3) -> Path:
    """Draw a contact sheet of a data set in SYSU-MM01's layout.

    Args:
        root: Folder with ``cam1`` ... ``cam6``.
        out: Image file to write; its folder must exist.
        pids: Identities to show; none means eight spread over those that most cameras see.
        views: Images of each identity and camera, the first ones; gray where a camera has none.

    Returns:
        The image file.

    Raises:
        FileNotFoundError: There is no image under ``root``.
    """
    root, out = Path(root), Path(out)
    cameras = sorted(path for path in root.glob('cam*') if path.is_dir())
    pids = _choose(cameras) if pids is None else list(pids)
    files = {(pid, camera): sorted((camera / f'{pid:04d}').glob('*.jpg'))[:views] for pid in pids for camera in cameras}
    first = next((paths[0] for paths in files.values() if paths), None)
    if first is None:
        raise FileNotFoundError(f'no images to show in {root}; expected {root}/cam1/0001/0001.jpg and so on')
    height, width = cv2.imread(str(first)).shape[:2]
    zoom = max(1, 128 // height)
    height, width = height * zoom, width * zoom
    block = views * width + _GAP
    sheet = np.full((_HEADER + len(pids) * (height + _GAP), _MARGIN + len(cameras) * block, 3), _BACKGROUND, np.uint8)
    for column, camera in enumerate(cameras):
        left = _MARGIN + column * block
        modality = 'infrared' if camera.name in ('cam3', 'cam6') else 'visible'
        _write(sheet, f'{camera.name} {modality}', (left, 15))
        for row, pid in enumerate(pids):
            top = _HEADER + row * (height + _GAP)
            _write(sheet, f'{pid:04d}', (4, top + 15))
            sheet[top : top + height, left : left + views * width] = 225
            for view, path in enumerate(files[pid, camera]):
                image = cv2.resize(cv2.imread(str(path)), (width, height), interpolation=cv2.INTER_NEAREST)
                sheet[top : top + height, left + view * width : left + (view + 1) * width] = image
    if not cv2.imwrite(str(out), sheet):
        raise OSError(f'cannot write {out}: does its folder exist?')
    return out


def _choose(cameras: list[Path], number: int = 8) -> list[int]:
    """Evenly spaced identities among those that the most cameras see."""
    seen: dict[int, int] = {}
    for camera in cameras:
        for folder in camera.iterdir():
            seen[int(folder.name)] = seen.get(int(folder.name), 0) + 1
    often = sorted(pid for pid, times in seen.items() if times == max(seen.values()))
    return often[:: max(1, len(often) // number)][:number]


def _write(sheet: np.ndarray, text: str, position: tuple[int, int]) -> None:
    cv2.putText(sheet, text, position, cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
