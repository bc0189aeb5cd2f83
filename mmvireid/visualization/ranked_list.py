"""Pictures of queries and the gallery images that were ranked first."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from torch import Tensor

from mmvireid.evaluation import ImageSet, Trial
from mmvireid.structures import Modality

# Sizes in pixels; colors as OpenCV has them, blue, green, red.
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
    distances: Tensor,
    out_file: str | Path,
    excluded: np.ndarray | None = None,
    queries: Sequence[int] | None = None,
    top_k: int = 10,
    title: str = '',
) -> None:
    """Draw some queries, one a row: the query, then the gallery images nearest to it, in the order of their rank.

    A match has a green frame, any other image a red one. Images that the protocol lets the query skip are left out.
    Captions say the identity and the camera, V for visible and IR for infrared.

    Args:
        images: Annotations; ``paths`` are the files that are drawn.
        trial: One trial of a protocol over ``images``.
        distances: (Q, G) between the trial's queries and its gallery, in its order.
        out_file: Picture to write (png or jpg).
        excluded: (Q, G) bool of the protocol, or None.
        queries: Rows of ``distances`` to draw; by default eight, spread evenly over the queries that have a match.
        top_k: Gallery images a row.
        title: Text of the header, put before the name of the setting.

    Raises:
        ValueError: If the shapes do not fit, or there is no query to draw.
        OSError: If an image cannot be read or the picture cannot be written.
    """
    shape = (len(trial.query_indices), len(trial.gallery_indices))
    if tuple(distances.shape) != shape:
        raise ValueError(f'distances have shape {tuple(distances.shape)}, the trial has queries x gallery {shape}.')
    if queries is None:
        queries = _spread(_with_match(images, trial, excluded), 8)
    if not len(queries):
        raise ValueError('No query to draw.')

    num_ranked = min(top_k, shape[1])
    picture = _blank(len(queries), num_ranked)
    _draw_header(picture, f'{title}  {trial.setting}, trial {trial.number}'.strip(), num_ranked)
    for row, query in enumerate(queries):
        order = distances[query].argsort(stable=True).numpy()  # ties keep the gallery's order
        if excluded is not None:
            order = order[~excluded[query, order]]
        ranked = trial.gallery_indices[order[:top_k]]
        _draw_row(picture, row, images, trial.query_indices[query], ranked)

    Path(out_file).parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(out_file), picture):
        raise OSError(f"Could not write the picture '{out_file}'.")


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
    """One image as a (128, 64, 3) tile in OpenCV's order of channels, which is also what it writes."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise OSError(f"Could not read the image '{path}'.")
    shrinks = image.shape[0] > TILE_HEIGHT
    return cv2.resize(image, (TILE_WIDTH, TILE_HEIGHT), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _write(picture: np.ndarray, text: str, origin: tuple[int, int], color: tuple, scale: float = FONT_SCALE) -> None:
    cv2.putText(picture, text, origin, FONT, scale, color, 1, cv2.LINE_AA)


def _text_width(text: str) -> int:
    return cv2.getTextSize(text, FONT, FONT_SCALE, 1)[0][0]
