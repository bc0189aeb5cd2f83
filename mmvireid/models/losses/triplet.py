"""Batch-hard triplet loss."""

import torch

from .pairwise_distance import euclidean_distance_matrix


def batch_hard_triplet_loss(features: torch.Tensor, labels: torch.Tensor, margin: float = 0.3) -> torch.Tensor:
    """Batch-hard triplet loss (Hermans et al. 2017; DF2AM Eq. 3): mean of [margin + max d(a, p) - min d(a, n)]+.

    Every image is an anchor; positives and negatives are found by label. Anchors without a positive or without a
    negative are left out of the mean; if none is left the loss is a zero attached to the graph.

    Args:
        features: (B, D).
        labels: Class of each, (B,).
        margin: Margin, in units of the unsquared Euclidean distance.

    Returns:
        The loss, a scalar.
    """
    distances = euclidean_distance_matrix(features)
    same = labels[:, None] == labels[None, :]
    positive = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    hardest_positive = distances.masked_fill(~positive, 0).amax(dim=1)
    hardest_negative = distances.masked_fill(same, float('inf')).amin(dim=1)
    valid = positive.any(dim=1) & (~same).any(dim=1)
    hinges = (margin + hardest_positive - hardest_negative).clamp_min(0) * valid
    return hinges.sum() / valid.sum().clamp_min(1)
