"""Two-step search: a cheap distance selects a shortlist, and an expensive distance sorts it."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from mmvireid.registry import DISTANCES, RERANKINGS

from .base import BaseReranking, check_neighbors
from .image_distances import ImageDistances
from .neighbors import nearest


def put_first(distmat: Tensor, columns: Tensor, fine: Tensor) -> Tensor:
    """Put some columns of each row before all others, in the order of a finer distance.

    Args:
        distmat: (Q, G) distances, not negative.
        columns: (Q, k) int64, distinct columns of each row.
        fine: (Q, k) finer distances of these columns.

    Returns:
        (Q, G) float64. The values define an order. The given columns get whole numbers from -k, equal numbers for
        equal finer distances. All other columns keep their distances exactly, so no new ties appear.

    Raises:
        ValueError: A distance is negative, or a finer distance is NaN or infinite.

    Example:
        >>> distmat = torch.tensor([[0.25, 0.5, 0.75]])
        >>> put_first(distmat, torch.tensor([[0, 1]]), fine=torch.tensor([[9.0, 7.0]])).tolist()
        [[-1.0, -2.0, 0.75]]
    """
    if (distmat < 0).any():
        raise ValueError(f'Distances to re-rank must not be negative; the lowest is {distmat.min().item():g}.')
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
    return distmat.double().scatter(1, columns, values)


@RERANKINGS.register_module()
class TopKReranking(BaseReranking):
    """Sort the k nearest gallery images by a finer distance. All other images follow in their old order.

    A cheap distance compares all images, and an expensive one compares only the shortlist. A pair on the shortlists of
    several trials is compared once. The result defines an order, see :func:`put_first`.

    A shortlist comes from the trial's whole gallery, as in a real search. An image that the protocol excludes for a
    query may take a place on the shortlist, and then has no effect.

    Args:
        distance: Config of the finer distance.
        k: Length of the shortlist. A smaller gallery is sorted as a whole by the finer distance.

    Raises:
        ValueError: ``k`` is below 1, or a finer distance is NaN or infinite during re-ranking.

    Example:
        By the cosine distance, candidate 2 is last. The Euclidean distance sorts the first two.

        >>> from mmvireid.evaluation import CosineDistance
        >>> reranking = RERANKINGS.build(dict(type='TopKReranking', distance=dict(type='EuclideanDistance'), k=2))
        >>> query = {'feature': torch.tensor([[1.0, 0.0]])}
        >>> candidates = {'feature': torch.tensor([[9.0, 0.0], [1.0, 0.5], [0.0, 1.0]])}
        >>> next(reranking(CosineDistance(), query, candidates, galleries=[[0, 1, 2]])).tolist()
        [[-1.0, -2.0, 1.0]]
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
        first = torch.arange(images.num_query)[:, None] * images.num_candidates  # every pair of images has a number
        numbers = [first + gallery[columns] for gallery, columns in zip(galleries, shortlists, strict=True)]
        pairs = torch.cat([trial_numbers.flatten() for trial_numbers in numbers]).unique()
        fine = images.pair_distances(self.distance, pairs // images.num_candidates, pairs % images.num_candidates)
        for gallery, columns, trial_numbers in zip(galleries, shortlists, numbers, strict=True):
            yield put_first(images.from_queries(gallery), columns, fine[torch.searchsorted(pairs, trial_numbers)])
