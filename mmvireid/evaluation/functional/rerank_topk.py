"""Two-step search: a shortlist by a distance that costs little, put in order by one that costs more."""

from collections.abc import Callable

import torch
from torch import Tensor

from .neighbours import nearest

FineDistances = Callable[[Tensor, Tensor], Tensor]


def rerank_topk(distances: Tensor, fine: Tensor | FineDistances, k: int) -> Tensor:
    """Each query's k nearest images first, in the order of a finer distance; all others behind them as they were.

    Among equal distances, of either kind, the lower column comes first. With k at least the number of columns the order
    is that of the finer distance alone.

    Args:
        distances: (Q, G) floating-point, not negative, on the CPU.
        fine: (Q, G) finer distances, or a function that gives those of the pairs (n,) of rows and columns; it is called
            once, with k pairs of one row after the other.
        k: How many of each row to put in order, at least 1.

    Returns:
        float64 (Q, G), see :func:`put_first`.

    Raises:
        ValueError: k is below 1, a distance is negative, or a finer one NaN or infinite.
    """
    if k < 1:
        raise ValueError(f'k={k}: a shortlist has at least one image.')
    columns = nearest(distances, k).columns
    rows = torch.arange(len(columns))[:, None].expand_as(columns)
    values = fine[rows, columns] if isinstance(fine, Tensor) else fine(rows.flatten(), columns.flatten())
    return put_first(distances, columns, values.view_as(columns))


def put_first(distances: Tensor, columns: Tensor, fine: Tensor) -> Tensor:
    """Put some columns of each row before all others, in the order of a finer distance.

    Args:
        distances: (Q, G), not negative.
        columns: (Q, k) int64, different ones in each row.
        fine: (Q, k) their finer distances.

    Returns:
        float64 (Q, G), an order rather than distances: whole numbers from -k for the given columns, equal where their
        finer distances are, and the distances of all others, to which nothing was added that could make two of them
        equal.

    Raises:
        ValueError: A distance is negative, or a finer one NaN or infinite.
    """
    if (distances < 0).any():
        raise ValueError(f'Distances to be re-ranked are negative, down to {distances.min().item():g}.')
    if not fine.isfinite().all():
        row, place = (~fine.isfinite()).nonzero()[0].tolist()
        raise ValueError(
            f'The finer distance between query {row} and gallery image {columns[row, place].item()} is '
            f'{fine[row, place].item()}.'
        )
    ascending, order = fine.sort(dim=1)
    rank = torch.zeros_like(columns)
    rank[:, 1:] = (ascending[:, 1:] > ascending[:, :-1]).cumsum(dim=1)
    values = torch.empty(columns.shape, dtype=torch.float64).scatter_(1, order, (rank - columns.shape[1]).double())
    return distances.double().scatter(1, columns, values)
