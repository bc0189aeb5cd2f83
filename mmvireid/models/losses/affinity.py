"""Affinity modeling: every pair of the batch pulled together or pushed apart."""

import torch
import torch.nn.functional as F

from .pairs import identity_pairs
from .pairwise_distance import euclidean_distance_matrix

AFFINITY_REDUCTIONS = ('mean', 'sum', 'pos_neg_mean')


def affinity_loss(
    features: torch.Tensor, labels: torch.Tensor, margin: float = 1.0, reduction: str = 'mean'
) -> torch.Tensor:
    """Margin form of affinity modeling (DF2AM Eq. 12): D of positive pairs, [margin - D]+ of negative ones.

    D holds the Euclidean distances of the L2-normalized features of the whole batch, all four modality blocks
    (Eqs. 9 and 10). An image's pair with itself is left out.

    Args:
        features: (B, D), not normalized.
        labels: Class of each, (B,).
        margin: Distance beyond which a negative pair costs nothing; distances lie in [0, 2].
        reduction: ``'mean'`` over the B (B - 1) pairs, their ``'sum'`` (the equation to the letter), or
            ``'pos_neg_mean'``, the mean over positive pairs plus the mean over negative ones.

    Returns:
        The loss, a scalar.
    """
    distances = euclidean_distance_matrix(F.normalize(features))
    positive, negative = identity_pairs(labels)
    errors = torch.where(positive, distances, (margin - distances).clamp_min(0))
    return _reduce(errors, positive, negative, reduction)


def affinity_l1_loss(
    features: torch.Tensor, labels: torch.Tensor, delta: float = 1.0, reduction: str = 'mean'
) -> torch.Tensor:
    """L1 form of affinity modeling (DF2AM Eq. 11): |D - delta (1 - G)|, G = 1 for pairs of one identity.

    See :func:`affinity_loss`; ``delta`` is the distance that negative pairs are drawn to.
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
