"""Affinity inference (AIM; Fang et al., "Visible-Infrared Person Re-Identification via Semantic Alignment and Affinity
Inference", ICCV 2023)."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from .neighbours import Neighbours, neighbour_matrix

# Pairs of a query and a gallery image compared at a time.
_BLOCK_ELEMENTS = 1 << 20


def affinity_distances(of_queries: Neighbours, of_gallery: Neighbours, k2: int) -> Iterator[tuple[slice, np.ndarray]]:
    """One minus the cosine between the affinities of a query and of a gallery image, some queries at a time.

    The affinity of two images is one minus their distance. A query is described by its affinities to its k1 nearest
    gallery images, all others set to zero; a gallery image likewise, then by the mean of the descriptions of its k2
    nearest gallery images (itself among them). A description of zeros is at distance 1 from all.

    Args:
        of_queries: The k1 nearest gallery images of each of Q queries.
        of_gallery: The k1 nearest gallery images of each of G gallery images.
        k2: Gallery images averaged.

    Yields:
        Which queries, and their distances (q, G); the memory at a time is bounded.
    """
    num_query, num_gallery = len(of_queries.columns), len(of_gallery.columns)
    query_affinity = _unit_rows(_affinity(of_queries, num_gallery))
    nearest = of_gallery.columns[:, :k2].numpy()
    averaged = neighbour_matrix(nearest, 1 / nearest.shape[1], num_gallery) @ _affinity(of_gallery, num_gallery)
    gallery_affinity = _unit_rows(averaged).T.tocsr()
    rows = max(1, _BLOCK_ELEMENTS // num_gallery)
    for start in range(0, num_query, rows):
        block = slice(start, start + rows)
        yield block, 1 - (query_affinity[block] @ gallery_affinity).toarray()


def _affinity(neighbours: Neighbours, num_gallery: int) -> csr_array:
    return neighbour_matrix(neighbours.columns.numpy(), 1 - neighbours.distances.numpy(), num_gallery)


def _unit_rows(matrix: csr_array) -> csr_array:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    length = np.sqrt(np.bincount(rows, matrix.data**2, minlength=matrix.shape[0]))
    data = matrix.data / np.maximum(length, 1e-12)[rows]
    return csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
