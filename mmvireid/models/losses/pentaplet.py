"""Hard pentaplet loss: batch-hard mining over all images, and over those of the other modality."""

import torch

from .pairs import cross_modality_pairs, identity_pairs
from .pairwise_distance import euclidean_distance_matrix
from .triplet import batch_hard_hinge


def hard_pentaplet_loss(
    features: torch.Tensor, labels: torch.Tensor, modalities: torch.Tensor, margin: float = 0.3
) -> torch.Tensor:
    """Hard pentaplet loss (HPILN Eqs. 5-7): global plus cross-modality [margin + max d(a, p) - min d(a, n)]+.

    Every image is an anchor, in either half; an image is no positive of itself. The global half (Eq. 5) takes the
    hardest positive and negative among all images, the cross-modality half (Eq. 6) among those of the other modality;
    both may choose the same. Each half is the mean over its own anchors: those with a positive and a negative in it.
    A half without any is a zero attached to the graph.

    Eq. 6 has two slips of print: its "a >= K" is a > K, and the negative runs over the other identities.

    Args:
        features: (B, D), not normalized.
        labels: Class of each, (B,).
        modalities: 0 or 1 (visible or infrared) of each, (B,).
        margin: alpha, in units of the unsquared Euclidean distance.

    Returns:
        The loss, a scalar.
    """
    # An embedding that is neither normalized nor centered may lie far from 0, where distances would lose their digits.
    distances = euclidean_distance_matrix(features - features.detach().mean(dim=0))
    positive, negative = identity_pairs(labels)
    across = cross_modality_pairs(modalities)
    global_half = batch_hard_hinge(distances, positive, negative, margin)
    cross_modality_half = batch_hard_hinge(distances, positive & across, negative & across, margin)
    return global_half + cross_modality_half
