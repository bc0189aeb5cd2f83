"""Affinity inference (AIM) of SAAI.

Fang et al., "Visible-Infrared Person Re-Identification via Semantic Alignment and Affinity Inference", ICCV 2023.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from mmvireid.registry import RERANKINGS

from .base import BaseReranking, check_neighbors
from .image_distances import ImageDistances
from .neighbors import Neighbors, nearest, neighbor_matrix

# Pairs of a query and a gallery image in one block.
_BLOCK_ELEMENTS = 1 << 20


def affinity_distances(query: Neighbors, gallery: Neighbors, k2: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Compute one minus the cosine between the affinities of each query and each gallery image.

    The affinity of two images is one minus their distance. The description of an image holds its affinities to its k1
    nearest gallery images, and zeros for all others. A gallery image then takes the mean description of its k2 nearest
    gallery images, which include itself. A description of zeros has distance 1 to every description.

    Args:
        query: The k1 nearest gallery images of each of Q queries.
        gallery: The k1 nearest gallery images of each of G gallery images.
        k2: Number of gallery images in a mean.

    Yields:
        A slice of the queries, and their distances (q, G). Each block has a bounded size.

    Example:
        >>> query = nearest(torch.tensor([[0.0, 0.5]]), k=2)  # affinities 1 and 0.5
        >>> gallery = nearest(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), k=2)  # affinities (1, 0) and (0, 1)
        >>> [(rows, distmat.round(3).tolist()) for rows, distmat in affinity_distances(query, gallery, k2=1)]
        [(slice(0, 1, None), [[0.106, 0.553]])]
    """
    num_query, num_gallery = len(query.columns), len(gallery.columns)
    query_affinity = _unit_rows(_affinity(query, num_gallery))
    averaged_columns = gallery.columns[:, :k2].numpy()
    mean = neighbor_matrix(averaged_columns, 1 / averaged_columns.shape[1], num_gallery)
    gallery_affinity = _unit_rows(mean @ _affinity(gallery, num_gallery)).T.tocsr()
    rows = max(1, _BLOCK_ELEMENTS // num_gallery)
    for start in range(0, num_query, rows):
        block = slice(start, min(start + rows, num_query))
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
    """Add the distance of the affinities to the original distance (AIM of SAAI, Fang et al., ICCV 2023).

    A query and a gallery image are similar if they resemble the same gallery images. Unlike in k-reciprocal re-ranking,
    other queries have no effect. See :func:`affinity_distances`.

    The release of SAAI chooses the options by the number of images per identity in the gallery: k1=20 and k2=6 for
    SYSU-MM01 multi-shot (the default here), 4 and 1 for all-search single-shot, 2 and 2 for indoor-search single-shot,
    8 and 2 for RegDB.

    Args:
        k1: Number of gallery images to which an image keeps its affinity. A smaller gallery keeps all.
        k2: Number of gallery images over which a gallery image's affinities are averaged; at most k1.

    Raises:
        ValueError: An option is out of range, or a distance is above 2 during re-ranking.

    Example:
        >>> from mmvireid.evaluation import CosineDistance
        >>> reranking = RERANKINGS.build(dict(type='AffinityInferenceReranking', k1=3, k2=1))
        >>> query, gallery = {'feature': torch.tensor([[3.0, 4.0, 0.0]])}, {'feature': torch.eye(3)}
        >>> next(reranking(CosineDistance(), query, gallery, galleries=[[0, 1, 2]])).round(decimals=3).tolist()
        [[0.8, 0.4, 2.0]]
    """

    name = 'affinity-inference'

    def __init__(self, k1: int = 20, k2: int = 6) -> None:
        check_neighbors(self.name, k1=k1, k2=k2)
        if k2 > k1:
            raise ValueError(f'{self.name}: k1={k1}, k2={k2}; k2 must be in [1, k1].')
        self.k1, self.k2 = k1, k2
        self.options = dict(k1=k1, k2=k2)

    def _rerank(self, images: ImageDistances, galleries: Sequence[Tensor]) -> Iterator[Tensor]:
        gallery_neighbors = images.nearest_within([images.num_query + gallery for gallery in galleries], self.k1)
        for gallery, neighbors in zip(galleries, gallery_neighbors, strict=True):
            result = images.from_queries(gallery)
            query_neighbors = nearest(result, self.k1)
            furthest = max(query_neighbors.furthest.max(), neighbors.furthest.max())
            if furthest > 2 + 1e-6:
                raise ValueError(
                    f"{self.name}: the '{images.distance.name}' distance of two images is {furthest:g}. An affinity "
                    'needs a distance in [0, 2]: choose the cosine distance, or features of unit length.'
                )
            for rows, distmat in affinity_distances(query_neighbors, neighbors, self.k2):
                result[rows] += torch.from_numpy(distmat)
            yield result
