"""Hard pentaplet loss: batch-hard mining over all images, and over images of the other modality."""

import torch

from .pairs import cross_modality_pairs, identity_pairs
from .pairwise_distance import euclidean_distance_matrix
from .triplet import batch_hard_hinge


def hard_pentaplet_loss(
    features: torch.Tensor, labels: torch.Tensor, modalities: torch.Tensor, margin: float = 0.3
) -> torch.Tensor:
    """Compute the hard pentaplet loss (HPILN Eqs. 5-7).

    The loss has two halves. Each half is the mean over its anchors of [margin + max d(a, p) - min d(a, n)]+.

    - The global half (Eq. 5) looks for the hardest positive and negative among all images.
    - The cross-modality half (Eq. 6) looks among images of the other modality. It may choose the same images.

    Every image that has a positive and a negative in a half is an anchor of that half. An image is not its own
    positive. A half without anchors is a zero attached to the graph.

    Eq. 6 has two misprints: "a >= K" means a > K, and the negatives run over the other identities.

    Args:
        features: (B, D), not normalized.
        labels: Class of each image, (B,).
        modalities: 0 (visible) or 1 (infrared) for each image, (B,).
        margin: The paper's alpha, in units of the unsquared Euclidean distance.

    Returns:
        The sum of the two halves, a scalar.

    Example:
        >>> features = torch.tensor([[0.0], [3.0], [5.0], [9.0]])
        >>> labels, modalities = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 0, 1])
        >>> loss = hard_pentaplet_loss(features, labels, modalities, margin=3.0)
        >>> round(loss.item(), 3)  # (1 + 4 + 5 + 1) / 4 + (0 + 4 + 5 + 0) / 4
        5.0
    """
    # Features may be far from 0: distances of centered features keep more digits.
    distances = euclidean_distance_matrix(features - features.detach().mean(dim=0))
    positive, negative = identity_pairs(labels)
    across = cross_modality_pairs(modalities)
    global_half = batch_hard_hinge(distances, positive, negative, margin)
    cross_modality_half = batch_hard_hinge(distances, positive & across, negative & across, margin)
    return global_half + cross_modality_half
