"""Two-step search of trials."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from mmvireid.registry import DISTANCES, RERANKINGS

from ..functional.neighbours import nearest
from ..functional.rerank_topk import put_first
from .base_reranking import BaseReranking, check_neighbours
from .image_distances import ImageDistances


@RERANKINGS.register_module()
class TopKReranking(BaseReranking):
    """The k nearest gallery images in the order of a finer distance, all others behind them in their old order.

    A distance that costs little looks at everyone, one that costs more at a shortlist. A pair that is on the shortlists
    of several trials is compared once. What :func:`mmvireid.evaluation.functional.rerank_topk` returns is an order:
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
        check_neighbours(self.name, k=k)
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
