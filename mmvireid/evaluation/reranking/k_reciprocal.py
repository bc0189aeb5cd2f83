"""k-reciprocal encoding.

Zhong et al., "Re-ranking Person Re-identification with k-reciprocal Encoding", CVPR 2017.

Published numbers come from the authors' release. Where paper and release differ, this file follows the release:

- An image is one of its own neighbors, so k1 neighbors are k1 + 1 images.
- A set extends another set if *more* than two thirds of it lie there. Eq. 5 says "at least".
- The local query expansion over k2 images counts the image itself.

Matrices over all pairs of images are sparse. A set has at most (k1 + 1) (h + 2) images, h = round(k1 / 2), and usually
about k1.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from mmvireid.registry import RERANKINGS

from .base import BaseReranking, check_neighbors
from .image_distances import ImageDistances
from .neighbors import neighbor_matrix

# Numbers in one block of Jaccard distances.
_BLOCK_ELEMENTS = 1 << 18


def k_reciprocal_sets(neighbors: np.ndarray, k1: int) -> csr_array:
    """Compute the extended k-reciprocal sets R* (Eqs. 3 and 5).

    R(i, k) contains image j if j is among the k nearest images of i, and i among the k nearest images of j. R*(i, k1)
    contains R(i, k1), and also R(j, k1 / 2) of every j in R(i, k1) if more than two thirds of R(j, k1 / 2) lie in
    R(i, k1).

    Args:
        neighbors: (n, k) image indices, nearest first. An image is one of its own neighbors. Columns after k1 + 1 are
            not used.
        k1: Number of neighbors.

    Returns:
        (n, n) sparse matrix of ones with sorted indices. Row i is R*(i, k1).

    Example:
        Images 0 and 1 are each other's nearest image. The nearest image of image 2 is 1.

        >>> k_reciprocal_sets(np.array([[0, 1], [1, 0], [2, 1]]), k1=1).toarray().tolist()
        [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
    """
    sets, half_sets = _reciprocal(neighbors[:, : k1 + 1]), _reciprocal(neighbors[:, : round(k1 / 2) + 1])
    half_sizes = np.diff(half_sets.indptr)
    shared = (sets @ half_sets.T).multiply(sets).tocoo()  # entry (i, j): size of R(i, k1) and R(j, k1 / 2) in common
    extends = 3 * shared.data > 2 * half_sizes[shared.col]
    extensions = csr_array((shared.data[extends], (shared.row[extends], shared.col[extends])), shape=sets.shape)
    extended = csr_array(sets + extensions @ half_sets)
    extended.data[:] = 1
    extended.sort_indices()
    return extended


def k_reciprocal_features(sets: csr_array, distances: np.ndarray, neighbors: np.ndarray, k2: int) -> csr_array:
    """Compute the Gaussian weights of each set (Eq. 7), and average them over the k2 nearest images (Eq. 11).

    Args:
        sets: (n, n) extended k-reciprocal sets.
        distances: Original distance of each entry of ``sets``, divided by the largest distance of the entry's row.
        neighbors: (n, k) image indices, nearest first. Columns after k2 are not used.
        k2: Number of averaged images. 1: no average.

    Returns:
        (n, n) sparse features. Before averaging, a row adds up to 1 if its set is not empty.

    Example:
        >>> sets = csr_array(np.array([[1, 1], [0, 1]]))
        >>> neighbors = np.array([[0, 1], [1, 0]])
        >>> k_reciprocal_features(sets, np.zeros(3), neighbors, k2=2).toarray().tolist()
        [[0.25, 0.75], [0.25, 0.75]]
    """
    weights = np.exp(-distances)
    sizes = np.diff(sets.indptr)
    rows = np.repeat(np.arange(len(sizes)), sizes)
    weights /= np.bincount(rows, weights, minlength=len(sizes))[rows]
    features = csr_array((weights, sets.indices, sets.indptr), shape=sets.shape)
    if k2 == 1:
        return features
    nearest = neighbors[:, :k2]
    averaged = neighbor_matrix(nearest, 1 / nearest.shape[1], len(neighbors)) @ features
    averaged.sort_indices()
    return averaged


def jaccard_distances(query_features: csr_array, gallery_features: csr_array) -> Iterator[tuple[slice, np.ndarray]]:
    """Compute the Jaccard distance of weighted sets, 1 - sum of minima / sum of maxima (Eqs. 9 and 10).

    Features add up to 1, so the sum of maxima is 2 minus the sum of minima. Only images that two sets share add to the
    sum of minima. The loop therefore visits, for each image in a query's set, the gallery images whose set contains it.

    Args:
        query_features: (Q, n).
        gallery_features: (G, n).

    Yields:
        A slice of the queries, and their distances (q, G). Each block has a bounded size.

    Example:
        >>> query, gallery = csr_array(np.array([[0.5, 0.5, 0]])), csr_array(np.array([[0.5, 0.5, 0], [0, 0, 1]]))
        >>> [(rows, distmat.tolist()) for rows, distmat in jaccard_distances(query, gallery)]
        [(slice(0, 1, None), [[0.0, 1.0]])]
    """
    num_query, num_gallery = query_features.shape[0], gallery_features.shape[0]
    columns = gallery_features.tocsc()
    in_column = np.diff(columns.indptr)
    meetings = np.append(0, np.cumsum(in_column[query_features.indices]))[query_features.indptr]
    cost = meetings + num_gallery * np.arange(num_query + 1)
    start = 0
    while start < num_query:
        stop = max(start + 1, int(np.searchsorted(cost, cost[start] + _BLOCK_ELEMENTS, side='right')) - 1)
        block = query_features[start:stop]
        # One element for each pair of a query entry and a gallery entry in the same column.
        counts = in_column[block.indices]
        entry = np.repeat(np.arange(len(counts)), counts)
        place = np.arange(len(entry)) + (columns.indptr[block.indices] - (np.cumsum(counts) - counts))[entry]
        row = np.repeat(np.arange(stop - start), np.diff(block.indptr))
        minima = np.minimum(block.data[entry], columns.data[place])
        target = (row * num_gallery)[entry] + columns.indices[place]
        shared = np.bincount(target, minima, minlength=(stop - start) * num_gallery).reshape(-1, num_gallery)
        yield slice(start, stop), 1 - shared / (2 - shared)
        start = stop


def _reciprocal(neighbors: np.ndarray) -> csr_array:
    """Create an (n, n) sparse matrix: one if two images are each other's neighbors."""
    near = neighbor_matrix(neighbors, np.int32(1), len(neighbors))
    return csr_array(near.multiply(near.T))


def _set_pairs(trial: Tensor, sets: csr_array) -> tuple[np.ndarray, np.ndarray]:
    """List the two images of each entry of the sets."""
    images = trial.numpy().astype(np.int32)
    return images.repeat(np.diff(sets.indptr)), images[sets.indices]


@RERANKINGS.register_module()
class KReciprocalReranking(BaseReranking):
    """Compute (1 - lambda) * Jaccard distance + lambda * original distance (Zhong et al., CVPR 2017, Eq. 12).

    The Jaccard distance compares k-reciprocal sets. The original distance is squared, and divided by the query's
    largest distance among the trial's images. The cosine distance is a squared distance already, and is not squared
    again. Cosine and Euclidean distance therefore give one result for features of unit length.

    Memory holds the result of one trial, and for each trial and image its k1 + 1 neighbors and its set. A first pass
    computes the distances among all images block by block, to find neighbors, and does not keep them. A second pass
    computes the distances within sets again.

    Args:
        k1: Number of mutual neighbors. A trial with fewer images takes all.
        k2: Number of neighbors over which an image's set is averaged. 1: no average.
        lambda_value: Weight of the original distance, in [0, 1].

    Raises:
        ValueError: An option is out of range.

    Example:
        >>> from mmvireid.evaluation import CosineDistance
        >>> reranking = RERANKINGS.build(dict(type='KReciprocalReranking', k1=1, k2=1))
        >>> query, gallery = {'feature': torch.eye(2)[:1]}, {'feature': torch.eye(2)}
        >>> next(reranking(CosineDistance(), query, gallery, galleries=[[0, 1]])).tolist()
        [[0.0, 1.0]]
    """

    name = 'k-reciprocal'

    def __init__(self, k1: int = 20, k2: int = 6, lambda_value: float = 0.3) -> None:
        check_neighbors(self.name, k1=k1, k2=k2)
        if not isinstance(lambda_value, (int, float)) or not 0 <= lambda_value <= 1:
            raise ValueError(f'{self.name}: lambda_value={lambda_value!r} must be a number in [0, 1].')
        self.k1, self.k2, self.lambda_value = k1, k2, lambda_value
        self.options = dict(k1=k1, k2=k2, lambda_value=lambda_value)

    def _rerank(self, images: ImageDistances, galleries: Sequence[Tensor]) -> Iterator[Tensor]:
        num_query = images.num_query
        trials = [torch.cat([torch.arange(num_query), num_query + gallery]) for gallery in galleries]
        neighbors = images.nearest_within(trials, max(self.k1 + 1, self.k2))
        sets = [k_reciprocal_sets(near.columns.numpy(), self.k1) for near in neighbors]
        # Sets reach beyond the nearest neighbors, so their distances are computed again, for all trials at once.
        set_distances = images.image_pair_distances([_set_pairs(*trial) for trial in zip(trials, sets, strict=True)])

        power = 1 if images.distance.is_squared else 2
        for gallery, near, members, distances in zip(galleries, neighbors, sets, set_distances, strict=True):
            furthest = near.furthest.where(near.furthest > 0, 1) ** power  # 0 if all images are equal
            scaled = distances**power / furthest.numpy().repeat(np.diff(members.indptr))
            features = k_reciprocal_features(members, scaled, near.columns.numpy(), self.k2)
            result = images.from_queries(gallery).pow_(power).mul_(self.lambda_value / furthest[:num_query, None])
            for rows, jaccard in jaccard_distances(features[:num_query], features[num_query:]):
                result[rows] += (1 - self.lambda_value) * torch.from_numpy(jaccard)
            yield result
