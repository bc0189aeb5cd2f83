"""The nearest images of each image, and sparse matrices over them."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor


@dataclass
class Neighbors:
    """The nearest columns of each of n rows of a distance matrix, equal distances in ascending order of column.

    Attributes:
        columns: (n, k) int64, nearest first.
        distances: (n, k), ascending.
        furthest: (n,) largest distance of the whole row.
    """

    columns: Tensor
    distances: Tensor
    furthest: Tensor

    @classmethod
    def empty(cls, n: int, k: int) -> 'Neighbors':
        """To be filled."""
        numbers = torch.empty(n, k, dtype=torch.float64), torch.empty(n, dtype=torch.float64)
        return cls(torch.empty(n, k, dtype=torch.int64), *numbers)

    def __setitem__(self, rows: Tensor, neighbors: 'Neighbors') -> None:
        self.columns[rows] = neighbors.columns
        self.distances[rows] = neighbors.distances
        self.furthest[rows] = neighbors.furthest


def nearest(distances: Tensor, k: int) -> Neighbors:
    """The k nearest columns of each row, or all where there are fewer.

    Args:
        distances: (n, m) floating-point, without NaN.
        k: At least 1.
    """
    num_columns = distances.shape[1]
    # One more than asked for: a tie for the last place shows. Partial selection is not stable, so tied rows are sorted.
    ascending, columns = distances.topk(min(k + 1, num_columns), dim=1, largest=False)
    tied = (ascending[:, 1:] == ascending[:, :-1]).any(dim=1)
    columns = columns[:, :k].contiguous()
    if tied.any():
        columns[tied] = distances[tied].argsort(dim=1, stable=True)[:, :k]
    return Neighbors(columns, ascending[:, :k].contiguous(), distances.amax(dim=1))


def neighbor_matrix(columns: np.ndarray, values: np.ndarray | float, num_columns: int) -> csr_array:
    """(n, num_columns) sparse matrix with ``values`` at the (n, k) columns of each row, zero elsewhere."""
    num_rows, k = columns.shape
    data = np.broadcast_to(values, columns.shape).ravel()
    starts = np.arange(0, num_rows * k + 1, k)
    return csr_array((data, columns.ravel(), starts), shape=(num_rows, num_columns))
