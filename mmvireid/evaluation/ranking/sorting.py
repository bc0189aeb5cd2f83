"""Stable order of many rows at once."""

import numpy as np
import torch
from torch import Tensor


def stable_order(distances: Tensor) -> Tensor:
    """Column indices of each row in ascending order of distance, equal distances in ascending order of index.

    The same as ``torch.argsort(distances, dim=1, stable=True)`` in half the time where numpy sorts with vector
    instructions. That sort is not stable, so rows in which two distances are equal are sorted once more.

    Args:
        distances: (n, G) floating-point CPU tensor without NaN.

    Returns:
        (n, G) int64.
    """
    distances = distances.numpy()
    order = np.argsort(distances, axis=1)
    ascending = np.take_along_axis(distances, order, axis=1)
    tied = (ascending[:, 1:] == ascending[:, :-1]).any(axis=1)
    if tied.any():
        order[tied] = np.argsort(distances[tied], axis=1, kind='stable')
    return torch.from_numpy(order)
