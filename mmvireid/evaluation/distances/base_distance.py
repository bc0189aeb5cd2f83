"""What every distance between query and gallery images has in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from torch import Tensor


class BaseDistance(ABC):
    """Distance between per-image descriptors.

    Class attributes:
        name: How results call it.
        descriptors: Fields of a data sample that it reads; the estimator has to provide them for every image.
        is_squared: Whether it grows with the square of a distance, as one minus the cosine does; then what works with
            squared distances takes it as it is.
    """

    name: str
    descriptors: tuple[str, ...] = ('feature',)
    is_squared: bool = False

    @abstractmethod
    def __call__(self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor]) -> Tensor:
        """Distances of shape (Q, G).

        Args:
            query: Each of ``descriptors``, stacked over the Q query images.
            gallery: The same, stacked over the G gallery images.
        """
