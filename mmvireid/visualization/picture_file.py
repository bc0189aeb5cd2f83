"""Write pictures that are whole or not there."""

from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure

from mmvireid.utils.atomic_file import atomic_file, write_atomically
from mmvireid.utils.printable import printable


def save_figure(figure: Figure, file: str | Path) -> None:
    """Write a figure of matplotlib, and create its folder. The suffix chooses the format.

    Raises:
        ValueError: The suffix names no format of matplotlib.
        OSError: The file cannot be written.

    Example:
        >>> from pathlib import Path
        >>> from matplotlib.figure import Figure
        >>> from mmvireid.visualization.picture_file import save_figure
        >>> save_figure(Figure(figsize=(1, 1)), 'pictures/empty.png')
        >>> [path.name for path in Path('pictures').iterdir()]
        ['empty.png']
    """
    suffix = Path(file).suffix.lower().removeprefix('.')
    if suffix not in figure.canvas.get_supported_filetypes():
        raise _unknown_format(file, 'png, jpg, pdf or svg')
    with atomic_file(file) as temporary:
        figure.savefig(temporary)


def save_picture(picture: np.ndarray, file: str | Path) -> None:
    """Write a picture (H, W, 3) in OpenCV's order of channels, and create its folder. The suffix chooses the format.

    Raises:
        ValueError: The suffix names no format of OpenCV.
        OSError: The file cannot be written.

    Example:
        >>> import cv2
        >>> import numpy as np
        >>> from mmvireid.visualization.picture_file import save_picture
        >>> save_picture(np.zeros((8, 4, 3), np.uint8), 'pictures/black.png')
        >>> cv2.imread('pictures/black.png').shape
        (8, 4, 3)
    """
    suffix = Path(file).suffix
    if not suffix or not cv2.haveImageWriter(f'x{suffix}'):
        raise _unknown_format(file, 'png or jpg')
    done, content = cv2.imencode(suffix, picture)
    if not done:
        raise _unknown_format(file, 'png or jpg')
    write_atomically(file, content.tobytes())


def plain(text: str) -> str:
    r"""Escape the control characters of a text, and its dollar signs, which matplotlib takes for formulas.

    Example:
        >>> from mmvireid.visualization.picture_file import plain
        >>> print(plain('a$b\t'))
        a\$b\t
    """
    return printable(text).replace('$', r'\$')


def _unknown_format(file: str | Path, formats: str) -> ValueError:
    return ValueError(f"Could not write '{file}': its suffix names no format of pictures. Choose {formats}.")
