"""Distance matrices between two sets of feature vectors.

Everything is computed in float64: two gallery images whose distances to a query differ by less than a float32 rounding
error would otherwise change places, and with them the reported digits.
"""

import torch
from torch import Tensor


def cosine_distance(query: Tensor, gallery: Tensor) -> Tensor:
    """One minus the cosine of the angle between two vectors.

    Args:
        query: Features of shape (Q, D), of any length.
        gallery: Features of shape (G, D).

    Returns:
        float64 distances of shape (Q, G) in [0, 2]; a zero vector is at distance 1 from everything.
    """
    cosine = _unit_length(query) @ _unit_length(gallery).T
    return cosine.neg_().add_(1)


def euclidean_distance(query: Tensor, gallery: Tensor) -> Tensor:
    """Unsquared Euclidean distance, through ``|q|^2 + |g|^2 - 2 q.g``.

    Args:
        query: Features of shape (Q, D).
        gallery: Features of shape (G, D).

    Returns:
        float64 distances of shape (Q, G), not negative; absolute error about 1e-8 of the vectors' length for vectors
        that nearly coincide, 1e-16 otherwise.
    """
    query, gallery = query.double(), gallery.double()
    squared = (query @ gallery.T).mul_(-2)
    squared += query.square().sum(dim=1, keepdim=True)
    squared += gallery.square().sum(dim=1)
    return squared.clamp_(min=0).sqrt_()


def _unit_length(features: Tensor) -> Tensor:
    features = features.double()
    return features / torch.linalg.vector_norm(features, dim=1, keepdim=True).clamp(min=1e-12)
