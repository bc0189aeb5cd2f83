"""The base class of all distances between query and gallery images."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor


class BaseDistance(ABC):
    """Compare images by their descriptors. A descriptor is a tensor that the model computes for each image.

    Attributes:
        name: Name of the distance in results.
        descriptors: Fields of a data sample that the distance reads. The model must provide them for every image.
        storage: Data type in which a descriptor is kept between extraction and comparison. The default is float32.
        is_squared: Whether the distance is the square of a distance, like one minus the cosine. An algorithm that needs
            squared distances does not square it again.

    Example:
        >>> class L1Distance(BaseDistance):
        ...     name = 'l1'
        ...     def __call__(self, query, gallery):
        ...         return torch.cdist(query['feature'], gallery['feature'], p=1)
        >>> query, gallery = {'feature': torch.zeros(1, 2)}, {'feature': torch.ones(3, 2)}
        >>> L1Distance()(query, gallery).tolist()
        [[2.0, 2.0, 2.0]]
    """

    name: str
    descriptors: tuple[str, ...] = ('feature',)
    storage: Mapping[str, torch.dtype] = {}
    is_squared: bool = False

    @abstractmethod
    def __call__(self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor]) -> Tensor:
        """Compute the distance matrix.

        Args:
            query: Each of ``descriptors``, stacked over Q query images.
            gallery: Each of ``descriptors``, stacked over G gallery images.

        Returns:
            Distances of shape (Q, G).
        """

    def pair_distances(
        self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor], rows: Tensor, columns: Tensor
    ) -> Tensor:
        """Compute the distances of some pairs only. The base class compares one query at a time with its images.

        Args:
            query: Each of ``descriptors``, stacked over Q query images.
            gallery: Each of ``descriptors``, stacked over G gallery images.
            rows: (n,) int64, the query of each pair, on the CPU.
            columns: (n,) int64, the gallery image of each pair, on the CPU.

        Returns:
            (n,) float64, on the CPU.
        """
        distances = torch.empty(len(rows), dtype=torch.float64)
        order = rows.argsort(stable=True)
        _, counts = rows[order].unique_consecutive(return_counts=True)
        for pairs in order.split(counts.tolist()):
            one_row, its_columns = rows[pairs[:1]], columns[pairs]
            distances[pairs] = self(
                {name: query[name][one_row] for name in self.descriptors},
                {name: gallery[name][its_columns] for name in self.descriptors},
            )[0].to('cpu', torch.float64)
        return distances
