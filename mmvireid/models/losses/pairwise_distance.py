"""Distances between the features of a batch."""

import torch

EPSILON = 1e-12  # under the square root: a zero distance keeps a finite gradient


def euclidean_distance_matrix(a: torch.Tensor, b: torch.Tensor | None = None) -> torch.Tensor:
    """Unsquared Euclidean distances, (M, D) and (N, D) -> (M, N); of ``a`` with itself by default.

    The squared distance is clamped at 1e-12 before the root; half precision, which has no such number, becomes float32.
    It is a difference of squared norms: of features whose norms are much larger than their distances, subtract the
    mean before.
    """
    b = a if b is None else b
    if a.dtype in (torch.float16, torch.bfloat16):
        a, b = a.float(), b.float()
    squared = a.square().sum(1, keepdim=True) + b.square().sum(1) - 2 * a @ b.T
    return squared.clamp_min(EPSILON).sqrt()


def rowwise_distance(a: torch.Tensor, b: torch.Tensor, squared: bool = False) -> torch.Tensor:
    """Euclidean distance of each row of ``a`` from the same row of ``b``, (N, D) and (N, D) -> (N,).

    The squared distance is clamped at 1e-12 before the root.
    """
    distances = (a - b).square().sum(1)
    return distances if squared else distances.clamp_min(EPSILON).sqrt()
