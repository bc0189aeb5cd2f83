"""Two-step search: a shortlist by a distance that costs little, put in order by one that costs more."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from mmvireid.registry import DISTANCES, RERANKINGS

from .base import BaseReranking, check_neighbors
from .image_distances import ImageDistances
from .neighbors import nearest

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


@RERANKINGS.register_module()
class TopKReranking(BaseReranking):
    """The k nearest gallery images in the order of a finer distance, all others behind them in their old order.

    A distance that costs little looks at everyone, one that costs more at a shortlist. A pair that is on the shortlists
    of several trials is compared once. What :func:`mmvireid.evaluation.reranking.top_k` returns is an order:
    whole numbers below zero for the shortlist, the old distances for the others.

    A trial's shortlist is drawn from its whole gallery, as a search in use would do it: an image that the protocol
    excludes for a query may take a place on it, and then counts for nothing.

    Args:
        distance: Config of the finer distance.
        k: Length of the shortlist. A smaller gallery is put in the finer distance's order altogether.

    Raises:
        ValueError: If k is out of its range; while re-ranking, if a finer distance is NaN or infinite.
    """

    name = 'top-k'

    def __init__(self, distance: dict, k: int = 100) -> None:
        check_neighbors(self.name, k=k)
        self.k = k
        self.distance = DISTANCES.build(distance)
        self.descriptors, self.storage = self.distance.descriptors, self.distance.storage
        self.options = dict(distance=self.distance.name, k=k)

    def _rerank(self, images: ImageDistances, galleries: Sequence[Tensor]) -> Iterator[Tensor]:
        shortlists = [nearest(images.from_queries(gallery), self.k).columns for gallery in galleries]
        first = torch.arange(images.num_query)[:, None] * images.num_candidates  # a number for each pair of images
        numbers = [first + gallery[columns] for gallery, columns in zip(galleries, shortlists, strict=True)]
        pairs = torch.cat([of_trial.flatten() for of_trial in numbers]).unique()
        fine = images.of_pairs(self.distance, pairs // images.num_candidates, pairs % images.num_candidates)
        for gallery, columns, of_trial in zip(galleries, shortlists, numbers, strict=True):
            yield put_first(images.from_queries(gallery), columns, fine[torch.searchsorted(pairs, of_trial)])
