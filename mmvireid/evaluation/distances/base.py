"""What every distance between query and gallery images has in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor


class BaseDistance(ABC):
    """Distance between per-image descriptors.

    Attributes:
        name: How results call it.
        descriptors: Fields of a data sample that it reads; the estimator has to provide them for every image.
        storage: Type in which a descriptor is kept between extraction and comparison; float32 where nothing is said.
        is_squared: Whether it grows with the square of a distance, as one minus the cosine does; then what works with
            squared distances takes it as it is.
    """

    name: str
    descriptors: tuple[str, ...] = ('feature',)
    storage: Mapping[str, torch.dtype] = {}
    is_squared: bool = False

    @abstractmethod
    def __call__(self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor]) -> Tensor:
        """Distances of shape (Q, G).

        Args:
            query: Each of ``descriptors``, stacked over the Q query images.
            gallery: The same, stacked over the G gallery images.
        """

    def of_pairs(
        self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor], rows: Tensor, columns: Tensor
    ) -> Tensor:
        """Distances (n,) float64 of some pairs only: here, of one query after the other to the images it meets.

        Args:
            query: Each of ``descriptors``, stacked over the Q query images.
            gallery: The same, stacked over the G gallery images.
            rows: (n,) int64, each pair's query, on the CPU.
            columns: (n,) int64, its gallery image, on the CPU.
        """
        distances = torch.empty(len(rows), dtype=torch.float64)
        order = rows.argsort(stable=True)
        _, counts = rows[order].unique_consecutive(return_counts=True)
        for pairs in order.split(counts.tolist()):
            one, others = rows[pairs[:1]], columns[pairs]
            distances[pairs] = self(
                {name: query[name][one] for name in self.descriptors},
                {name: gallery[name][others] for name in self.descriptors},
            )[0].to('cpu', torch.float64)
        return distances
