"""Affinity modeling: losses on the distances of all pairs of a batch."""

import torch
import torch.nn.functional as F

from .pairs import identity_pairs
from .pairwise_distance import euclidean_distance_matrix

AFFINITY_REDUCTIONS = ('mean', 'sum', 'pos_neg_mean')


def affinity_loss(
    features: torch.Tensor, labels: torch.Tensor, margin: float = 1.0, reduction: str = 'mean'
) -> torch.Tensor:
    """Compute affinity modeling with a margin (DF2AM Eq. 12).

    A positive pair costs its distance D, a negative pair costs [margin - D]+. D is the Euclidean distance of the
    L2-normalized features (Eqs. 9 and 10). The pairs come from the whole batch, within and across modalities. A pair
    of an image with itself does not count.

    Args:
        features: (B, D), not normalized.
        labels: Class of each image, (B,).
        margin: A negative pair at this distance or more costs nothing. Distances are between 0 and 2.
        reduction: ``'mean'`` over the B (B - 1) pairs; ``'sum'`` over them, as in Eq. 12; or ``'pos_neg_mean'``, the
            mean over positive pairs plus the mean over negative pairs.

    Returns:
        The loss, a scalar.

    Raises:
        ValueError: ``reduction`` is unknown.

    Example:
        >>> features = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
        >>> loss = affinity_loss(features, torch.tensor([0, 1, 1]), reduction='sum')
        >>> round(loss.item(), 3)  # the negative pair (0, 1) costs 1, the positive pair (1, 2) costs 2; both twice
        6.0
    """
    distances = euclidean_distance_matrix(F.normalize(features))
    positive, negative = identity_pairs(labels)
    errors = torch.where(positive, distances, (margin - distances).clamp_min(0))
    return _reduce(errors, positive, negative, reduction)


def affinity_l1_loss(
    features: torch.Tensor, labels: torch.Tensor, delta: float = 1.0, reduction: str = 'mean'
) -> torch.Tensor:
    """Compute affinity modeling with the L1 error (DF2AM Eq. 11).

    A pair costs |D - delta (1 - G)|, where G is 1 for a positive pair and 0 for a negative pair.

    Args:
        features: (B, D), not normalized.
        labels: Class of each image, (B,).
        delta: Target distance of negative pairs.
        reduction: See :func:`affinity_loss`.

    Returns:
        The loss, a scalar.

    Raises:
        ValueError: ``reduction`` is unknown.

    Example:
        >>> features = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
        >>> loss = affinity_l1_loss(features, torch.tensor([0, 1]), delta=0.5)
        >>> round(loss.item(), 3)  # the distance is 2
        1.5
    """
    distances = euclidean_distance_matrix(F.normalize(features))
    positive, negative = identity_pairs(labels)
    errors = (distances - delta * negative).abs()
    return _reduce(errors, positive, negative, reduction)


def _reduce(errors: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor, reduction: str) -> torch.Tensor:
    if reduction not in AFFINITY_REDUCTIONS:
        raise ValueError(f"reduction must be one of {AFFINITY_REDUCTIONS}, got '{reduction}'.")
    if reduction == 'pos_neg_mean':
        return _mean(errors, positive) + _mean(errors, negative)
    pairs = positive | negative
    return (errors * pairs).sum() if reduction == 'sum' else _mean(errors, pairs)


def _mean(errors: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    return (errors * chosen).sum() / chosen.sum().clamp_min(1)
