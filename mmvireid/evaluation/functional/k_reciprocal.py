"""k-reciprocal encoding (Zhong et al., "Re-ranking Person Re-identification with k-reciprocal Encoding", CVPR 2017).

Where paper and release differ the release is followed, which is what published numbers were computed with: an image is
among its own neighbours, so k1 neighbours are k1 + 1 images; a set extends another where *more* than two thirds of it
lie there (Eq. 5 has "at least"); the local query expansion over k2 images counts the image itself.

No matrix here has a row and a column for every image, but sparse ones: an image's set has at most (k1 + 1) (h + 2)
members, h = round(k1 / 2), and usually some k1.
"""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from .neighbours import neighbour_matrix

# Numbers that a block of Jaccard distances holds at a time.
_BLOCK_ELEMENTS = 1 << 18


def k_reciprocal_sets(neighbours: np.ndarray, k1: int) -> csr_array:
    """Extended k-reciprocal sets R* (Eqs. 3 and 5).

    R(i, k) are the images among the k nearest of i that have i among theirs. R*(i, k1) is R(i, k1) joined with
    R(j, k1 / 2) of every j in R(i, k1) where more than two thirds of R(j, k1 / 2) lie in R(i, k1).

    Args:
        neighbours: (n, k) image indices, nearest first, each image among its own; columns beyond k1 + 1 are not read.
        k1: Number of neighbours.

    Returns:
        (n, n) of ones, with sorted indices; row i is R*(i, k1).
    """
    sets, half_sets = _reciprocal(neighbours[:, : k1 + 1]), _reciprocal(neighbours[:, : round(k1 / 2) + 1])
    half_sizes = np.diff(half_sets.indptr)
    shared = (sets @ half_sets.T).multiply(sets).tocoo()  # |R(i, k1) and R(j, k1 / 2)| at j in R(i, k1)
    extends = 3 * shared.data > 2 * half_sizes[shared.col]
    extensions = csr_array((shared.data[extends], (shared.row[extends], shared.col[extends])), shape=sets.shape)
    extended = csr_array(sets + extensions @ half_sets)
    extended.data[:] = 1
    extended.sort_indices()
    return extended


def k_reciprocal_features(sets: csr_array, distances: np.ndarray, neighbours: np.ndarray, k2: int) -> csr_array:
    """Gaussian weights of each set (Eq. 7), averaged over the k2 nearest images (local query expansion, Eq. 11).

    Args:
        sets: (n, n) extended k-reciprocal sets.
        distances: Original distance of each entry of ``sets``, in its order, divided by the row's largest.
        neighbours: (n, k) image indices, nearest first; columns beyond k2 are not read.
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
    nearest = neighbours[:, :k2]
    averaged = neighbour_matrix(nearest, 1 / nearest.shape[1], len(neighbours)) @ features
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


def _reciprocal(neighbours: np.ndarray) -> csr_array:
    """(n, n), one where two images are among each other's neighbours."""
    near = neighbour_matrix(neighbours, np.int32(1), len(neighbours))
    return csr_array(near.multiply(near.T))
