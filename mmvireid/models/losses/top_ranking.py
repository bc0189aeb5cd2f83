"""Top-ranking loss of cross-modality pairs."""

import torch
import torch.nn.functional as F

from .pairs import cross_modality_pairs, identity_pairs
from .pairwise_distance import euclidean_distance_matrix
from .triplet import batch_hard_hinge


def top_ranking_loss(
    features: torch.Tensor,
    labels: torch.Tensor,
    modalities: torch.Tensor,
    margin: float = 0.5,
    intra_margin: float = 0.1,
) -> torch.Tensor:
    """Bi-directional dual-constrained top-ranking loss (BDTR, Ye et al., IJCAI 2018; RKL of DSCSN + CCN Table I).

    An image of either modality is to be nearer to its identity's images of the other modality than to the nearest image
    of another identity, of the other modality by ``margin`` and of its own by ``intra_margin``. Features are scaled to
    unit length, distances are unsquared. Mean over anchors as in :func:`batch_hard_triplet_loss`.

    Args:
        features: (B, D).
        labels: Class of each, (B,).
        modalities: :class:`Modality` of each, (B,).
        margin: For negatives of the other modality.
        intra_margin: For negatives of the anchor's own.

    Returns:
        The loss, a scalar.
    """
    distances = euclidean_distance_matrix(F.normalize(features))
    positive, negative = identity_pairs(labels)
    cross = cross_modality_pairs(modalities)
    inter = batch_hard_hinge(distances, positive & cross, negative & cross, margin)
    intra = batch_hard_hinge(distances, positive & cross, negative & ~cross, intra_margin)
    return inter + intra
