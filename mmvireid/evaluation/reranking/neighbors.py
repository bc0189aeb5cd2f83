"""The nearest images of each image, and sparse matrices over them."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor


@dataclass
class Neighbors:
    """Hold the k nearest columns of each of n rows of a distance matrix.

    Columns of equal distance are in ascending order.

    Attributes:
        columns: (n, k) int64, nearest first.
        distances: (n, k), ascending.
        furthest: (n,) largest distance of the whole row.

    Example:
        >>> neighbors = Neighbors.empty(n=3, k=2)
        >>> neighbors[torch.tensor([1])] = nearest(torch.tensor([[0.5, 0.25, 0.75]], dtype=torch.float64), k=2)
        >>> neighbors.columns[1].tolist(), neighbors.distances[1].tolist(), neighbors.furthest[1].item()
        ([1, 0], [0.25, 0.5], 0.75)
    """

    columns: Tensor
    distances: Tensor
    furthest: Tensor

    @classmethod
    def empty(cls, n: int, k: int) -> 'Neighbors':
        """Allocate neighbors of n rows. Assign the values of some rows with ``neighbors[rows] = ...``."""
        numbers = torch.empty(n, k, dtype=torch.float64), torch.empty(n, dtype=torch.float64)
        return cls(torch.empty(n, k, dtype=torch.int64), *numbers)

    def __setitem__(self, rows: Tensor, neighbors: 'Neighbors') -> None:
        self.columns[rows] = neighbors.columns
        self.distances[rows] = neighbors.distances
        self.furthest[rows] = neighbors.furthest


def nearest(distmat: Tensor, k: int) -> Neighbors:
    """Find the k nearest columns of each row, or all columns if there are fewer.

    Args:
        distmat: (n, m) floating-point distances without NaN.
        k: Number of columns, at least 1.

    Example:
        >>> nearest(torch.tensor([[0.5, 0.1, 0.1, 0.9]]), k=3).columns.tolist()
        [[1, 2, 0]]
    """
    num_columns = distmat.shape[1]
    # One extra column shows a tie for the last place. topk is not stable, so rows with ties are sorted again.
    ascending, columns = distmat.topk(min(k + 1, num_columns), dim=1, largest=False)
    tied = (ascending[:, 1:] == ascending[:, :-1]).any(dim=1)
    columns = columns[:, :k].contiguous()
    if tied.any():
        columns[tied] = distmat[tied].argsort(dim=1, stable=True)[:, :k]
    return Neighbors(columns, ascending[:, :k].contiguous(), distmat.amax(dim=1))


def neighbor_matrix(columns: np.ndarray, values: np.ndarray | float, num_columns: int) -> csr_array:
    """Create a sparse (n, num_columns) matrix with ``values`` at the (n, k) columns of each row.

    Example:
        >>> neighbor_matrix(np.array([[2, 0], [1, 2]]), 0.5, num_columns=3).toarray().tolist()
        [[0.5, 0.0, 0.5], [0.0, 0.5, 0.5]]
    """
    num_rows, k = columns.shape
    data = np.broadcast_to(values, columns.shape).ravel()
    starts = np.arange(0, num_rows * k + 1, k)
    return csr_array((data, columns.ravel(), starts), shape=(num_rows, num_columns))
