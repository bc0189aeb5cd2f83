"""What every re-ranking has in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ..distances import BaseDistance
from .image_distances import ImageDistances


class BaseReranking(ABC):
    """New distances between queries and a gallery from how they, and others in the same trial, lie to each other.

    Several trials are handed over at once because they share queries and candidate images: what they have in common is
    computed once. The result of a trial depends on its own queries and gallery only.

    Attributes:
        name: How results call it.
        options: Everything that changes the digits, by name.
        descriptors: Descriptors that it reads beside those of the distance.
        storage: See :class:`BaseDistance`.
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
        distances: Tensor | None = None,
        chosen: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> Iterator[Tensor]:
        """Re-rank trials that ask the same queries.

        Args:
            distance: How far apart two images are, of whatever roles; symmetric, not negative.
            query: Descriptors of Q query images: those of the distance, and ``self.descriptors``.
            candidates: The same of C images from which all galleries are drawn.
            galleries: For each trial the indices (G,) of its gallery among the candidates; their order breaks ties.
            distances: (Q, C) between queries and candidates, where they are known already; else each trial computes
                its own.
            chosen: Where ``query`` and ``candidates`` hold further images: which are meant, (Q,) and (C,) indices.

        Yields:
            float64 distances of shape (Q, G) for each trial, on the CPU.

        Raises:
            ValueError: On an empty gallery, or ``distances`` of another shape.
        """
        images = ImageDistances(distance, query, candidates, distances, chosen)
        shape = (images.num_query, images.num_candidates)
        if distances is not None and distances.shape != shape:
            raise ValueError(f'{self.name}: distances of shape {tuple(distances.shape)}, the images ask for {shape}.')
        for number, gallery in enumerate(galleries):
            if not len(gallery) or not images.num_query:
                raise ValueError(
                    f'{self.name}, trial {number}: {images.num_query} queries and {len(gallery)} gallery images; '
                    'at least one of each is needed.'
                )
        return self._rerank(images, [torch.from_numpy(np.asarray(gallery, dtype=np.int64)) for gallery in galleries])

    @abstractmethod
    def _rerank(self, images: ImageDistances, galleries: Sequence[Tensor]) -> Iterator[Tensor]:
        """The same with everything checked; galleries are numbered from the first candidate."""


def check_neighbors(reranking: str, **counts: int) -> None:
    """Raise ValueError if a number of neighbors is not a whole number of at least one."""
    for name, count in counts.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ValueError(f'{reranking}: {name}={count!r} has to be a whole number of at least 1.')
