"""k-reciprocal encoding (Zhong et al., "Re-ranking Person Re-identification with k-reciprocal Encoding", CVPR 2017).

Where paper and release differ the release is followed, which is what published numbers were computed with: an image is
among its own neighbors, so k1 neighbors are k1 + 1 images; a set extends another where *more* than two thirds of it
lie there (Eq. 5 has "at least"); the local query expansion over k2 images counts the image itself.

No matrix here has a row and a column for every image, but sparse ones: an image's set has at most (k1 + 1) (h + 2)
members, h = round(k1 / 2), and usually some k1.
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

# Numbers that a block of Jaccard distances holds at a time.
_BLOCK_ELEMENTS = 1 << 18


def k_reciprocal_sets(neighbors: np.ndarray, k1: int) -> csr_array:
    """Extended k-reciprocal sets R* (Eqs. 3 and 5).

    R(i, k) are the images among the k nearest of i that have i among theirs. R*(i, k1) is R(i, k1) joined with
    R(j, k1 / 2) of every j in R(i, k1) where more than two thirds of R(j, k1 / 2) lie in R(i, k1).

    Args:
        neighbors: (n, k) image indices, nearest first, each image among its own; columns beyond k1 + 1 are not read.
        k1: Number of neighbors.

    Returns:
        (n, n) of ones, with sorted indices; row i is R*(i, k1).
    """
    sets, half_sets = _reciprocal(neighbors[:, : k1 + 1]), _reciprocal(neighbors[:, : round(k1 / 2) + 1])
    half_sizes = np.diff(half_sets.indptr)
    shared = (sets @ half_sets.T).multiply(sets).tocoo()  # |R(i, k1) and R(j, k1 / 2)| at j in R(i, k1)
    extends = 3 * shared.data > 2 * half_sizes[shared.col]
    extensions = csr_array((shared.data[extends], (shared.row[extends], shared.col[extends])), shape=sets.shape)
    extended = csr_array(sets + extensions @ half_sets)
    extended.data[:] = 1
    extended.sort_indices()
    return extended


def k_reciprocal_features(sets: csr_array, distances: np.ndarray, neighbors: np.ndarray, k2: int) -> csr_array:
    """Gaussian weights of each set (Eq. 7), averaged over the k2 nearest images (local query expansion, Eq. 11).

    Args:
        sets: (n, n) extended k-reciprocal sets.
        distances: Original distance of each entry of ``sets``, in its order, divided by the row's largest.
        neighbors: (n, k) image indices, nearest first; columns beyond k2 are not read.
        k2: Images averaged; 1 averages nothing.

    Returns:
        (n, n) features; a row adds up to 1 (before averaging: if its set is not empty).
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
    """Jaccard distance of weighted sets, 1 - sum of minima / sum of maxima (Eqs. 9 and 10), some queries at a time.

    The features add up to 1, so the sum of maxima is 2 less the sum of minima. That runs over the sets' common members
    only: over the columns of a query's features, and for each over the gallery images in that column.

    Args:
        query_features: (Q, n).
        gallery_features: (G, n).

    Yields:
        Which queries, and their distances (q, G); the memory at a time is bounded.
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
        # One element for each pair of a block's entry and a gallery entry in the same column.
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
    """(n, n), one where two images are among each other's neighbors."""
    near = neighbor_matrix(neighbors, np.int32(1), len(neighbors))
    return csr_array(near.multiply(near.T))


@RERANKINGS.register_module()
class KReciprocalReranking(BaseReranking):
    """(1 - lambda) Jaccard distance of k-reciprocal sets + lambda original distance (Zhong et al., CVPR 2017, Eq. 12).

    The original distance is squared and divided by the query's largest among the trial's images. A distance that
    is squared already, as the cosine's, is not squared again: cosine and Euclidean distance give one result for
    features of unit length. See :mod:`mmvireid.evaluation.reranking.k_reciprocal` for the sets and their distance.

    Memory: one trial's result, and for each trial and image its k1 + 1 neighbors and its set. Distances among all
    images are computed block by block to find neighbors and not kept; those within sets are then computed again.

    Args:
        k1: Neighbors that have to be mutual. A trial with fewer images takes them all.
        k2: Neighbors over which an image's set is averaged; 1 averages nothing.
        lambda_value: Weight of the original distance.

    Raises:
        ValueError: If an option is out of its range.
    """

    name = 'k-reciprocal'

    def __init__(self, k1: int = 20, k2: int = 6, lambda_value: float = 0.3) -> None:
        check_neighbors(self.name, k1=k1, k2=k2)
        if not isinstance(lambda_value, (int, float)) or not 0 <= lambda_value <= 1:
            raise ValueError(f'{self.name}: lambda_value={lambda_value!r} is no number in [0, 1].')
        self.k1, self.k2, self.lambda_value = k1, k2, lambda_value
        self.options = dict(k1=k1, k2=k2, lambda_value=lambda_value)

    def _rerank(self, images: ImageDistances, galleries: Sequence[Tensor]) -> Iterator[Tensor]:
        num_query = images.num_query
        trials = [torch.cat([torch.arange(num_query), num_query + gallery]) for gallery in galleries]
        neighbors = images.nearest_within(trials, max(self.k1 + 1, self.k2))
        sets = [k_reciprocal_sets(near.columns.numpy(), self.k1) for near in neighbors]
        # Sets reach beyond the nearest neighbors: distances are asked for a second time, of all trials at once.
        set_distances = images.at([_pairs(*trial) for trial in zip(trials, sets, strict=True)])

        power = 1 if images.distance.is_squared else 2
        for gallery, near, members, distances in zip(galleries, neighbors, sets, set_distances, strict=True):
            furthest = near.furthest.where(near.furthest > 0, 1) ** power  # zero where all images coincide
            scaled = distances**power / furthest.numpy().repeat(np.diff(members.indptr))
            features = k_reciprocal_features(members, scaled, near.columns.numpy(), self.k2)
            result = images.from_queries(gallery).pow_(power).mul_(self.lambda_value / furthest[:num_query, None])
            for block, jaccard in jaccard_distances(features[:num_query], features[num_query:]):
                result[block] += (1 - self.lambda_value) * torch.from_numpy(jaccard)
            yield result


def _pairs(trial: Tensor, sets: csr_array) -> tuple[np.ndarray, np.ndarray]:
    """The images of each entry of the sets."""
    images = trial.numpy().astype(np.int32)
    return images.repeat(np.diff(sets.indptr)), images[sets.indices]
