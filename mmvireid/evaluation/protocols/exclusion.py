"""Rules of who may not meet whom: (Q, G) bool, True where a query skips a gallery image."""

from collections.abc import Callable, Sequence

import numpy as np

from ..image_set import ImageSet

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
