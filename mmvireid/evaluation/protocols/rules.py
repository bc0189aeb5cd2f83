"""Galleries drawn at random, so many images of each identity in each camera."""

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from mmvireid.structures import ImageSet


class Cell(NamedTuple):
    """The images of one identity in one camera.

    Attributes:
        pid: The identity.
        cam_id: The camera.
        members: Indices of its images, ascending.
    """

    pid: int
    cam_id: int
    members: list[int]


def group_cells(pids: np.ndarray, cam_ids: np.ndarray) -> list[Cell]:
    """Cells of n > 0 images, by identity and then by camera, both ascending; no cell is empty.

    Args:
        pids: (n,) identities.
        cam_ids: (n,) camera numbers.
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
    """``shots`` members of each cell, or all where there are fewer, as ``random.seed(trial)`` and then ``choice``
    (one) or ``sample`` (several) give them, cell by cell.
    """
    generator = random.Random(trial)
    if shots == 1:
        return [generator.choice(cell.members) for cell in cells]
    return [member for cell in cells for member in generator.sample(cell.members, min(shots, len(cell.members)))]


Exclusion = Callable[[ImageSet, np.ndarray, np.ndarray], np.ndarray]


def camera_pairs(
    images: ImageSet, query_indices: np.ndarray, gallery_indices: np.ndarray, pairs: Sequence[tuple[int, int]]
) -> np.ndarray:
    """A query skips the images of the cameras that ``pairs`` of (query camera, gallery camera) name for its own."""
    gallery_cams = images.cam_ids[gallery_indices]
    # A row depends on the query's camera only: a row for each camera, then copies.
    query_cams, row = np.unique(images.cam_ids[query_indices], return_inverse=True)
    skipped = [[gallery_cam for query_cam, gallery_cam in pairs if query_cam == cam] for cam in query_cams]
    return np.stack([np.isin(gallery_cams, cams) for cams in skipped])[row]


def same_camera(images: ImageSet, query_indices: np.ndarray, gallery_indices: np.ndarray) -> np.ndarray:
    """A query skips the images of its own camera number."""
    return np.equal.outer(images.cam_ids[query_indices], images.cam_ids[gallery_indices])


def same_identity_same_camera(images: ImageSet, query_indices: np.ndarray, gallery_indices: np.ndarray) -> np.ndarray:
    """A query skips the images of its own identity from its own camera number."""
    skipped = same_camera(images, query_indices, gallery_indices)
    skipped &= np.equal.outer(images.pids[query_indices], images.pids[gallery_indices])
    return skipped
