"""Triplet losses over all images of a batch."""

import torch
import torch.nn.functional as F

from .pairs import identity_pairs
from .pairwise_distance import euclidean_distance_matrix


def batch_hard_triplet_loss(features: torch.Tensor, labels: torch.Tensor, margin: float = 0.3) -> torch.Tensor:
    """Compute the batch-hard triplet loss [margin + max d(a, p) - min d(a, n)]+.

    Sources: Hermans et al. 2017; HcTri Eq. 3; DF2AM Eq. 3. Positives and negatives are found by label. Every image
    with a positive and a negative is an anchor. Without any anchor the loss is a zero attached to the graph.

    Args:
        features: (B, D).
        labels: Class of each image, (B,).
        margin: Margin, in units of the unsquared Euclidean distance.

    Returns:
        The mean over the anchors, a scalar.

    Example:
        >>> features = torch.tensor([[0.0], [3.0], [4.0]])
        >>> loss = batch_hard_triplet_loss(features, torch.tensor([0, 0, 1]), margin=1.0)
        >>> round(loss.item(), 3)  # anchors 0 and 1: [1 + 3 - 4]+ and 1 + 3 - 1
        1.5
    """
    return batch_hard_hinge(euclidean_distance_matrix(features), *identity_pairs(labels), margin)


def batch_hard_hinge(
    distances: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor, margin: float
) -> torch.Tensor:
    """Compute the mean over the anchors of [margin + max over positives - min over negatives]+.

    Args:
        distances: Distances of each anchor (row) from each image, (B, B).
        positive: Mask of the positives of each anchor, bool (B, B).
        negative: Mask of the negatives of each anchor, bool (B, B).
        margin: Margin, in units of the distances.

    Returns:
        The mean over the rows that have a positive and a negative, a scalar.

    Example:
        >>> distances = torch.tensor([[0.0, 3.0, 4.0], [3.0, 0.0, 1.0], [4.0, 1.0, 0.0]])
        >>> positive, negative = identity_pairs(torch.tensor([0, 0, 1]))
        >>> batch_hard_hinge(distances, positive, negative, margin=1.0).item()
        1.5
    """
    hardest_positive = distances.masked_fill(~positive, 0).amax(dim=1)
    hardest_negative = distances.masked_fill(~negative, float('inf')).amin(dim=1)
    hinges = (margin + hardest_positive - hardest_negative).clamp_min(0)
    return _mean_over_anchors(hinges, positive, negative)


def weighted_regularized_triplet_loss(features: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Compute AGW's weighted regularized triplet loss softplus(sum_p w_p d(a, p) - sum_n w_n d(a, n)).

    The source is Ye et al. 2021. The weights w_p are a softmax of the distances to the positives. The weights w_n are a
    softmax of the negated distances to the negatives. Hard pairs therefore count most, and there is no margin.
    Gradients also flow through the weights. An image is not its own positive, as in the paper. The released code
    counts it as a positive at distance 0.

    Args:
        features: (B, D), not normalized.
        labels: Class of each image, (B,).

    Returns:
        The mean over the anchors as in :func:`batch_hard_triplet_loss`, a scalar.

    Example:
        >>> features = torch.tensor([[0.0], [500.0], [900.0], [2000.0]])
        >>> loss = weighted_regularized_triplet_loss(features, torch.tensor([0, 0, 1, 1]))
        >>> round(loss.item(), 3)  # (0 + 100 + 700 + 0) / 4
        200.0
    """
    distances = euclidean_distance_matrix(features)
    positive, negative = identity_pairs(labels)
    hard_positive = (_softmax_over(positive, distances) * distances).sum(dim=1)
    hard_negative = (_softmax_over(negative, -distances) * distances).sum(dim=1)
    return _mean_over_anchors(F.softplus(hard_positive - hard_negative), positive, negative)


def _softmax_over(chosen: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    # The lowest finite number instead of -inf: a row without any chosen score must not become NaN.
    return scores.masked_fill(~chosen, torch.finfo(scores.dtype).min).softmax(dim=1)


def _mean_over_anchors(losses: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
    valid = positive.any(dim=1) & negative.any(dim=1)
    return (losses * valid).sum() / valid.sum().clamp_min(1)
