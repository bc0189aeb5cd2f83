"""Draw queries beside their first gallery images."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from mmvireid.evaluation import Trial
from mmvireid.structures import ImageSet, Modality

from .picture_file import save_picture

# Sizes in pixels. Colors in the order of OpenCV: blue, green, red.
TILE_WIDTH, TILE_HEIGHT = 64, 128
FRAME, GAP, CAPTION, HEADER, MARGIN = 4, 8, 18, 44, 14
BACKGROUND, INK, FAINT_INK = (255, 255, 255), (40, 40, 40), (130, 130, 130)
MATCH, MISMATCH, QUERY = (80, 160, 30), (50, 50, 215), (150, 150, 150)
CELL_WIDTH = TILE_WIDTH + 2 * FRAME + GAP
CELL_HEIGHT = TILE_HEIGHT + 2 * FRAME + CAPTION + GAP
QUERY_GAP = 18  # between the query and its ranked images
FONT, FONT_SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.36


def draw_ranked_list(
    images: ImageSet,
    trial: Trial,
    distmat: Tensor,
    out_file: str | Path,
    excluded: np.ndarray | None = None,
    queries: Sequence[int] | None = None,
    top_k: int = 10,
    title: str = '',
) -> None:
    """Draw one row for each query: the query, then its nearest gallery images in the order of their rank.

    A match has a green frame; any other image has a red frame. The row leaves out images that the protocol excludes.
    A caption names identity, modality (V or IR) and camera.

    Args:
        images: Annotations. ``paths`` are the files to draw.
        trial: One trial of a protocol over ``images``.
        distmat: (Q, G) distances between the queries and the gallery of the trial, in the order of the trial.
        out_file: Picture to write (png or jpg).
        excluded: (Q, G) bool, as the protocol returns it, or None.
        queries: Rows of ``distmat`` to draw. By default, eight rows spread evenly over the queries with a match.
        top_k: Number of gallery images in a row.
        title: Text of the header, before the name of the setting.

    Raises:
        ValueError: The shapes do not fit, or there is no query to draw.
        OSError: An image cannot be read, or the picture cannot be written.

    Example:
        >>> from pathlib import Path
        >>> import cv2
        >>> import numpy as np
        >>> import torch
        >>> from mmvireid.evaluation import RegDBProtocol
        >>> from mmvireid.structures import ImageSet
        >>> from mmvireid.visualization import draw_ranked_list
        >>> [cv2.imwrite(name, np.zeros((8, 4, 3), np.uint8)) for name in ('a.png', 'b.png')]
        [True, True]
        >>> images = ImageSet(pids=[1, 1], cam_ids=[0, 0], modalities=[0, 1], paths=['a.png', 'b.png'])
        >>> draw_ranked_list(images, RegDBProtocol().trials(images)[0], torch.zeros(1, 1), 'ranked_list.png')
        >>> Path('ranked_list.png').is_file()
        True
    """
    shape = (len(trial.query_indices), len(trial.gallery_indices))
    if tuple(distmat.shape) != shape:
        raise ValueError(f'distmat has shape {tuple(distmat.shape)}, but the trial has (queries, gallery) {shape}.')
    if queries is None:
        queries = _spread(_with_match(images, trial, excluded), 8)
    if not len(queries):
        raise ValueError('No query to draw.')

    num_ranked = min(top_k, shape[1])
    picture = _blank(len(queries), num_ranked)
    _draw_header(picture, f'{title}  {trial.setting}, trial {trial.number}'.strip(), num_ranked)
    for row, query in enumerate(queries):
        order = torch.argsort(distmat[query], stable=True).numpy()  # ties keep the order of the gallery
        if excluded is not None:
            order = order[~excluded[query, order]]
        ranked = trial.gallery_indices[order[:top_k]]
        _draw_row(picture, row, images, trial.query_indices[query], ranked)

    save_picture(picture, out_file)


def _with_match(images: ImageSet, trial: Trial, excluded: np.ndarray | None) -> np.ndarray:
    matches = np.equal.outer(images.pids[trial.query_indices], images.pids[trial.gallery_indices])
    if excluded is not None:
        matches &= ~excluded
    return np.flatnonzero(matches.any(axis=1))


def _spread(values: np.ndarray, count: int) -> np.ndarray:
    places = np.linspace(0, len(values) - 1, num=min(count, len(values)))
    return values[places.round().astype(int)]


def _blank(num_rows: int, num_ranked: int) -> np.ndarray:
    height = 2 * MARGIN + HEADER + num_rows * CELL_HEIGHT - GAP
    width = 2 * MARGIN + (1 + num_ranked) * CELL_WIDTH + QUERY_GAP - GAP
    return np.full((height, width, 3), BACKGROUND, dtype=np.uint8)


def _draw_header(picture: np.ndarray, title: str, num_ranked: int) -> None:
    _write(picture, title, (MARGIN + FRAME, MARGIN + 10), INK, scale=0.48)
    right = picture.shape[1] - MARGIN - FRAME
    for text, color in (('another person', MISMATCH), ('same person', MATCH)):
        right -= _text_width(text)
        _write(picture, text, (right, MARGIN + 10), color)
        right -= 12
    baseline = MARGIN + HEADER - 6
    _write(picture, 'query', (MARGIN + FRAME, baseline), FAINT_INK)
    for rank in range(num_ranked):
        _write(picture, f'{rank + 1}', (_ranked_left(rank) + FRAME, baseline), FAINT_INK)


def _draw_row(picture: np.ndarray, row: int, images: ImageSet, query: int, ranked: np.ndarray) -> None:
    top = MARGIN + HEADER + row * CELL_HEIGHT
    _draw_tile(picture, top, MARGIN, images, query, QUERY)
    for rank, image in enumerate(ranked):
        is_match = images.pids[image] == images.pids[query]
        _draw_tile(picture, top, _ranked_left(rank), images, image, MATCH if is_match else MISMATCH)


def _ranked_left(rank: int) -> int:
    return MARGIN + QUERY_GAP + (1 + rank) * CELL_WIDTH


def _draw_tile(picture: np.ndarray, top: int, left: int, images: ImageSet, image: int, color: tuple) -> None:
    bottom, right = top + TILE_HEIGHT + 2 * FRAME, left + TILE_WIDTH + 2 * FRAME
    picture[top:bottom, left:right] = color
    picture[top + FRAME : bottom - FRAME, left + FRAME : right - FRAME] = _read_tile(images.paths[image])
    spectrum = 'IR' if images.modalities[image] == Modality.INFRARED else 'V'
    caption = f'{images.pids[image]} {spectrum}{images.cam_ids[image]}'
    _write(picture, caption, (left + FRAME, bottom + CAPTION - 5), INK)


def _read_tile(path: str) -> np.ndarray:
    """Read an image as a (128, 64, 3) tile. The channels keep the order of OpenCV, which also writes the picture."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise OSError(f"Could not read the image '{path}'.")
    shrinks = image.shape[0] > TILE_HEIGHT
    return cv2.resize(image, (TILE_WIDTH, TILE_HEIGHT), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _write(picture: np.ndarray, text: str, origin: tuple[int, int], color: tuple, scale: float = FONT_SCALE) -> None:
    cv2.putText(picture, text, origin, FONT, scale, color, 1, cv2.LINE_AA)


def _text_width(text: str) -> int:
    return cv2.getTextSize(text, FONT, FONT_SCALE, 1)[0][0]
