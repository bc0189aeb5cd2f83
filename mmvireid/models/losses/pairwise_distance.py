"""Distances between the features of a batch."""

import torch

EPSILON = 1e-12  # under the square root: a distance of zero keeps a finite gradient


def euclidean_distance_matrix(a: torch.Tensor, b: torch.Tensor | None = None) -> torch.Tensor:
    """Compute unsquared Euclidean distances, (M, D) and (N, D) -> (M, N).

    The squared distance is clamped at 1e-12 before the root. Half precision becomes float32, because it cannot hold
    1e-12. The squared distance is a difference of squared norms. Subtract the mean first if the norms are much larger
    than the distances.

    Args:
        a: (M, D).
        b: (N, D). The default is ``a``.

    Example:
        >>> euclidean_distance_matrix(torch.tensor([[0.0, 0.0], [3.0, 0.0]]), torch.tensor([[3.0, 4.0]])).tolist()
        [[5.0], [4.0]]
    """
    b = a if b is None else b
    if a.dtype in (torch.float16, torch.bfloat16):
        a, b = a.float(), b.float()
    squared = a.square().sum(1, keepdim=True) + b.square().sum(1) - 2 * a @ b.T
    return squared.clamp_min(EPSILON).sqrt()


def rowwise_distance(a: torch.Tensor, b: torch.Tensor, squared: bool = False) -> torch.Tensor:
    """Compute the Euclidean distance between the i-th rows of two tensors, (N, D) and (N, D) -> (N,).

    The squared distance is clamped at 1e-12 before the root.

    Example:
        >>> a, b = torch.tensor([[3.0, 4.0], [1.0, 0.0]]), torch.zeros(2, 2)
        >>> rowwise_distance(a, b).tolist()
        [5.0, 1.0]
        >>> rowwise_distance(a, b, squared=True).tolist()
        [25.0, 1.0]
    """
    distances = (a - b).square().sum(1)
    return distances if squared else distances.clamp_min(EPSILON).sqrt()
