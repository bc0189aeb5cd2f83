"""The base class of all re-rankings."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ..distances import BaseDistance
from .image_distances import ImageDistances


class BaseReranking(ABC):
    """Compute new distances between queries and a gallery from the distances among all images of a trial.

    One call re-ranks several trials. They share queries and candidate images, so shared work is done once. The result
    of a trial depends only on its own queries and gallery.

    Attributes:
        name: Name of the re-ranking in results.
        options: All options that change digits, by name.
        descriptors: Descriptors that the re-ranking reads in addition to the descriptors of the distance.
        storage: Data types of these descriptors, see :class:`BaseDistance`.

    Example:
        >>> from mmvireid.evaluation import CosineDistance, KReciprocalReranking
        >>> query, candidates = {'feature': torch.eye(3)}, {'feature': torch.ones(5, 3)}
        >>> galleries = [np.array([0, 1, 4]), np.array([2])]  # two trials
        >>> results = KReciprocalReranking()(CosineDistance(), query, candidates, galleries)
        >>> [tuple(distmat.shape) for distmat in results]
        [(3, 3), (3, 1)]
    """

    name: str
    options: dict
    descriptors: tuple[str, ...] = ()
    storage: Mapping[str, torch.dtype] = {}

    def __call__(
        self,
        distance: BaseDistance,
        query: Mapping[str, Tensor],
        candidates: Mapping[str, Tensor],
        galleries: Sequence[np.ndarray],
        distmat: Tensor | None = None,
        chosen: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> Iterator[Tensor]:
        """Re-rank trials that share their queries.

        Args:
            distance: Distance between any two images. It must be symmetric and not negative.
            query: Descriptors of Q query images, for the distance and for the re-ranking.
            candidates: The same descriptors of C images. Every gallery is a subset of these images.
            galleries: For each trial, the indices (G,) of its gallery among the candidates. Their order breaks ties.
            distmat: (Q, C) distances between queries and candidates, if known. None: each trial computes its distances.
            chosen: Indices (Q,) into ``query`` and (C,) into ``candidates``, if these hold other images too. None: all
                images take part.

        Yields:
            The new distances of each trial: (Q, G) float64, on the CPU.

        Raises:
            ValueError: A gallery is empty, there is no query, or ``distmat`` has a wrong shape.
        """
        images = ImageDistances(distance, query, candidates, distmat, chosen)
        shape = (images.num_query, images.num_candidates)
        if distmat is not None and distmat.shape != shape:
            raise ValueError(
                f'{self.name}: distmat has shape {tuple(distmat.shape)}; queries and candidates need {shape}.'
            )
        for number, gallery in enumerate(galleries):
            if not len(gallery) or not images.num_query:
                raise ValueError(
                    f'{self.name}, trial {number}: {images.num_query} queries and {len(gallery)} gallery images; '
                    'at least one of each is needed.'
                )
        return self._rerank(images, [torch.from_numpy(np.asarray(gallery, dtype=np.int64)) for gallery in galleries])

    @abstractmethod
    def _rerank(self, images: ImageDistances, galleries: Sequence[Tensor]) -> Iterator[Tensor]:
        """Yield the new distances of each trial from checked input. Galleries hold candidate indices."""


def check_neighbors(reranking: str, **counts: int) -> None:
    """Refuse a number of neighbors that is not a whole number of at least one.

    Raises:
        ValueError: The number is not valid. The message names the re-ranking and its option.

    Example:
        >>> check_neighbors('k-reciprocal', k1=20, k2=0)
        Traceback (most recent call last):
        ValueError: k-reciprocal: k2=0 must be a whole number of at least 1.
    """
    for name, count in counts.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ValueError(f'{reranking}: {name}={count!r} must be a whole number of at least 1.')
