"""Affinity inference (AIM; Fang et al., "Visible-Infrared Person Re-Identification via Semantic Alignment and Affinity
Inference", ICCV 2023)."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from mmvireid.registry import RERANKINGS

from .base import BaseReranking, check_neighbors
from .image_distances import ImageDistances
from .neighbors import Neighbors, nearest, neighbor_matrix

# Pairs of a query and a gallery image compared at a time.
_BLOCK_ELEMENTS = 1 << 20


def affinity_distances(of_queries: Neighbors, of_gallery: Neighbors, k2: int) -> Iterator[tuple[slice, np.ndarray]]:
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
    averaged = neighbor_matrix(nearest, 1 / nearest.shape[1], num_gallery) @ _affinity(of_gallery, num_gallery)
    gallery_affinity = _unit_rows(averaged).T.tocsr()
    rows = max(1, _BLOCK_ELEMENTS // num_gallery)
    for start in range(0, num_query, rows):
        block = slice(start, start + rows)
        yield block, 1 - (query_affinity[block] @ gallery_affinity).toarray()


def _affinity(neighbors: Neighbors, num_gallery: int) -> csr_array:
    return neighbor_matrix(neighbors.columns.numpy(), 1 - neighbors.distances.numpy(), num_gallery)


def _unit_rows(matrix: csr_array) -> csr_array:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    length = np.sqrt(np.bincount(rows, matrix.data**2, minlength=matrix.shape[0]))
    data = matrix.data / np.maximum(length, 1e-12)[rows]
    return csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


@RERANKINGS.register_module()
class AffinityInferenceReranking(BaseReranking):
    """Original distance + distance of the affinities to the gallery (AIM of SAAI, Fang et al., ICCV 2023).

    What a query and a gallery image have in common is told from the gallery images that both resemble. Other queries
    play no part, unlike in k-reciprocal re-ranking. See :mod:`mmvireid.evaluation.reranking.affinity_inference`.

    The release chooses the options by the number of images of an identity in the gallery: SYSU-MM01 multi-shot k1=20,
    k2=6 (the default here), all-search single-shot 4 and 1, indoor-search single-shot 2 and 2, RegDB 8 and 2.

    Args:
        k1: Gallery images to which an image's affinity is kept. A gallery with fewer images takes them all.
        k2: Gallery images over which a gallery image's affinities are averaged; at most k1.

    Raises:
        ValueError: If an option is out of its range; while re-ranking, if a distance is above 2.
    """

    name = 'affinity-inference'

    def __init__(self, k1: int = 20, k2: int = 6) -> None:
        check_neighbors(self.name, k1=k1, k2=k2)
        if k2 > k1:
            raise ValueError(f'{self.name}: k1={k1}, k2={k2}; k2 has to be in [1, k1].')
        self.k1, self.k2 = k1, k2
        self.options = dict(k1=k1, k2=k2)

    def _rerank(self, images: ImageDistances, galleries: Sequence[Tensor]) -> Iterator[Tensor]:
        of_galleries = images.nearest_within([images.num_query + gallery for gallery in galleries], self.k1)
        for gallery, of_gallery in zip(galleries, of_galleries, strict=True):
            result = images.from_queries(gallery)
            of_queries = nearest(result, self.k1)
            furthest = max(of_queries.furthest.max(), of_gallery.furthest.max())
            if furthest > 2 + 1e-6:
                raise ValueError(
                    f"{self.name}: the '{images.distance.name}' distance of two images is {furthest:g}; an affinity is "
                    'one minus a distance in [0, 2]: choose the cosine distance, or features of unit length.'
                )
            for block, affinity_distance in affinity_distances(of_queries, of_gallery, self.k2):
                result[block] += torch.from_numpy(affinity_distance)
            yield result
