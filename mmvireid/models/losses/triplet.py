"""Triplet losses over all images of a batch."""

import torch
import torch.nn.functional as F

from .pairs import identity_pairs
from .pairwise_distance import euclidean_distance_matrix


def batch_hard_triplet_loss(features: torch.Tensor, labels: torch.Tensor, margin: float = 0.3) -> torch.Tensor:
    """Batch-hard triplet loss (Hermans et al. 2017; HcTri Eq. 3; DF2AM Eq. 3): [margin + max d(a, p) - min d(a, n)]+.

    Every image is an anchor; positives and negatives are found by label. Anchors without a positive or without a
    negative are left out of the mean; if none is left the loss is a zero attached to the graph.

    Args:
        features: (B, D).
        labels: Class of each, (B,).
        margin: Margin, in units of the unsquared Euclidean distance.

    Returns:
        The loss, a scalar.
    """
    return batch_hard_hinge(euclidean_distance_matrix(features), *identity_pairs(labels), margin)


def batch_hard_hinge(
    distances: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor, margin: float
) -> torch.Tensor:
    """Mean over the anchors of [margin + max over positives - min over negatives]+: what batch-hard losses share.

    Args:
        distances: Of each anchor (row) from each image, (B, B).
        positive: Which images are an anchor's positives, bool (B, B).
        negative: Which are its negatives, bool (B, B).
        margin: In units of the distances.

    Returns:
        A scalar; anchors without a positive or without a negative count neither in the sum nor in the mean.
    """
    hardest_positive = distances.masked_fill(~positive, 0).amax(dim=1)
    hardest_negative = distances.masked_fill(~negative, float('inf')).amin(dim=1)
    hinges = (margin + hardest_positive - hardest_negative).clamp_min(0)
    return _mean_over_anchors(hinges, positive, negative)


def weighted_regularized_triplet_loss(features: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Weighted regularized triplet loss (AGW: Ye et al. 2021): softplus(sum_p w_p d(a, p) - sum_n w_n d(a, n)).

    The weights are softmaxes over the anchor's positives (of the distance) and over its negatives (of minus the
    distance), so that hard pairs count most and there is no margin; gradients flow through them too. As in the
    paper an image is no positive of itself; the published code counts it as one, at distance 0.

    Args:
        features: (B, D), not normalized.
        labels: Class of each, (B,).

    Returns:
        The loss, a scalar: the mean over the anchors as in :func:`batch_hard_triplet_loss`.
    """
    distances = euclidean_distance_matrix(features)
    positive, negative = identity_pairs(labels)
    hard_positive = (_softmax_over(positive, distances) * distances).sum(dim=1)
    hard_negative = (_softmax_over(negative, -distances) * distances).sum(dim=1)
    return _mean_over_anchors(F.softplus(hard_positive - hard_negative), positive, negative)


def _softmax_over(chosen: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    # The lowest finite number, not -inf: a row without any chosen score, which is no anchor, does not become NaN.
    return scores.masked_fill(~chosen, torch.finfo(scores.dtype).min).softmax(dim=1)


def _mean_over_anchors(losses: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
    valid = positive.any(dim=1) & negative.any(dim=1)
    return (losses * valid).sum() / valid.sum().clamp_min(1)
