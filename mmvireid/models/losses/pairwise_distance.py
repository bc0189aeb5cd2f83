"""Distances between all pairs of a batch's features."""

import torch

EPSILON = 1e-12  # under the square root: a zero distance keeps a finite gradient


def euclidean_distance_matrix(a: torch.Tensor, b: torch.Tensor | None = None) -> torch.Tensor:
    """Unsquared Euclidean distances, (M, D) and (N, D) -> (M, N); of ``a`` with itself by default.

    The squared distance is clamped at 1e-12 before the root.
    """
    b = a if b is None else b
    squared = a.square().sum(1, keepdim=True) + b.square().sum(1) - 2 * a @ b.T
    return squared.clamp_min(EPSILON).sqrt()
