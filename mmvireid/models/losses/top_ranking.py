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
    """Compute the bi-directional dual-constrained top-ranking loss (RKL of DSCSN + CCN Table I).

    The source is BDTR (Ye et al., IJCAI 2018). The hardest positive of an anchor is the farthest image of its identity
    in the other modality. This positive must be nearer than the nearest image of another identity. The difference must
    be ``margin`` for images of the other modality, and ``intra_margin`` for images of the anchor's modality. Features
    are scaled to unit length. Distances are unsquared. Each term is a mean over anchors as in
    :func:`batch_hard_triplet_loss`.

    Args:
        features: (B, D).
        labels: Class of each image, (B,).
        modalities: :class:`Modality` of each image, (B,).
        margin: Margin for negatives of the other modality.
        intra_margin: Margin for negatives of the anchor's modality.

    Returns:
        The sum of the two terms, a scalar.

    Example:
        >>> features = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]])
        >>> labels, modalities = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 0, 1])
        >>> top_ranking_loss(features, labels, modalities).item()  # positives at 0, negatives at 2
        0.0
    """
    distances = euclidean_distance_matrix(F.normalize(features))
    positive, negative = identity_pairs(labels)
    cross = cross_modality_pairs(modalities)
    inter = batch_hard_hinge(distances, positive & cross, negative & cross, margin)
    intra = batch_hard_hinge(distances, positive & cross, negative & ~cross, intra_margin)
    return inter + intra
