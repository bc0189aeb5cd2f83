"""Draw galleries at random, and exclude gallery images by camera and identity."""

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from mmvireid.structures import ImageSet

# Takes images, query indices (Q,) and gallery indices (G,). Returns bool (Q, G), True where a query skips an image.
Exclusion = Callable[[ImageSet, np.ndarray, np.ndarray], np.ndarray]


class Cell(NamedTuple):
    """Hold the images of one identity in one camera.

    Attributes:
        pid: The identity.
        cam_id: The camera.
        members: Indices of the images, ascending.

    Example:
        >>> cell = Cell(pid=7, cam_id=2, members=[0, 3])
        >>> len(cell.members)
        2
    """

    pid: int
    cam_id: int
    members: list[int]


def group_cells(pids: np.ndarray, cam_ids: np.ndarray) -> list[Cell]:
    """Group images by identity, then by camera, both ascending. No cell is empty.

    Args:
        pids: (n,) identities of n > 0 images.
        cam_ids: (n,) camera numbers.

    Example:
        >>> group_cells(np.array([7, 5, 7]), np.array([2, 1, 2]))
        [Cell(pid=5, cam_id=1, members=[1]), Cell(pid=7, cam_id=2, members=[0, 2])]
    """
    order = np.lexsort((cam_ids, pids))  # stable: within a cell the images keep their order
    pids, cam_ids = pids[order], cam_ids[order]
    starts = np.flatnonzero((np.diff(pids) != 0) | (np.diff(cam_ids) != 0)) + 1
    bounds = [0, *starts.tolist(), len(order)]
    members = order.tolist()
    return [
        Cell(pid, cam_id, members[start:end])
        for pid, cam_id, (start, end) in zip(
            pids[bounds[:-1]].tolist(), cam_ids[bounds[:-1]].tolist(), pairwise(bounds), strict=True
        )
    ]


def draw_seeded(cells: Sequence[Cell], shots: int, trial: int) -> list[int]:
    """Draw members of each cell, cell by cell, with the trial's number as the seed.

    The draws equal those of ``random.seed(trial)`` followed by ``random.choice`` (one shot) or ``random.sample``
    (several shots). The global generator does not change.

    Args:
        cells: The cells to draw from.
        shots: Number of members to draw from each cell. A smaller cell gives all its members.
        trial: Number of the trial.

    Example:
        >>> cells = [Cell(pid=5, cam_id=1, members=[4]), Cell(pid=7, cam_id=2, members=[0, 1, 2, 3])]
        >>> draw_seeded(cells, shots=1, trial=0)
        [4, 3]
    """
    generator = random.Random(trial)
    if shots == 1:
        return [generator.choice(cell.members) for cell in cells]
    return [member for cell in cells for member in generator.sample(cell.members, min(shots, len(cell.members)))]


def camera_pairs(
    images: ImageSet, query_indices: np.ndarray, gallery_indices: np.ndarray, pairs: Sequence[tuple[int, int]]
) -> np.ndarray:
    """Exclude gallery images by pairs of (query camera, gallery camera).

    Example:
        >>> images = ImageSet(pids=[1, 2, 3], cam_ids=[3, 2, 1], modalities=[1, 0, 0], paths=['a', 'b', 'c'])
        >>> camera_pairs(images, np.array([0]), np.array([1, 2]), pairs=[(3, 2)]).tolist()
        [[True, False]]
    """
    gallery_cams = images.cam_ids[gallery_indices]
    # A row depends on the query's camera only: compute one row for each camera and copy it.
    query_cams, row = np.unique(images.cam_ids[query_indices], return_inverse=True)
    skipped = [[gallery_cam for query_cam, gallery_cam in pairs if query_cam == cam] for cam in query_cams]
    return np.stack([np.isin(gallery_cams, cams) for cams in skipped])[row]


def same_camera(images: ImageSet, query_indices: np.ndarray, gallery_indices: np.ndarray) -> np.ndarray:
    """Exclude gallery images from the query's own camera number.

    Example:
        >>> images = ImageSet(pids=[1, 2, 3], cam_ids=[1, 1, 2], modalities=[0, 0, 1], paths=['a', 'b', 'c'])
        >>> same_camera(images, np.array([0]), np.array([1, 2])).tolist()
        [[True, False]]
    """
    return np.equal.outer(images.cam_ids[query_indices], images.cam_ids[gallery_indices])


def same_identity_same_camera(images: ImageSet, query_indices: np.ndarray, gallery_indices: np.ndarray) -> np.ndarray:
    """Exclude gallery images of the query's own identity from the query's own camera number.

    Example:
        >>> images = ImageSet(pids=[1, 1, 2], cam_ids=[4, 4, 4], modalities=[0, 1, 1], paths=['a', 'b', 'c'])
        >>> same_identity_same_camera(images, np.array([0]), np.array([1, 2])).tolist()
        [[True, False]]
    """
    skipped = same_camera(images, query_indices, gallery_indices)
    skipped &= np.equal.outer(images.pids[query_indices], images.pids[gallery_indices])
    return skipped
