"""Losses on the batch's centers: the mean feature of each identity in each modality."""

import torch

from .pairwise_distance import euclidean_distance_matrix, rowwise_distance

REDUCTIONS = ('mean', 'sum')


def modality_centers(
    features: torch.Tensor, labels: torch.Tensor, modalities: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Centers of each identity of the batch in each modality (HcTri Eq. 4), grouped by label, whatever the order.

    Args:
        features: (B, D).
        labels: Class of each, (B,).
        modalities: 0 or 1 (visible or infrared) of each, (B,).

    Returns:
        Centers (2, P, D) of the batch's P identities in ascending order of label, and whether there is one (2, P):
        an identity without an image in a modality has zeros there.
    """
    identities, identity = labels.unique(return_inverse=True)
    group = modalities * len(identities) + identity
    members = group == torch.arange(2 * len(identities), device=group.device)[:, None]
    sizes = members.sum(dim=1, keepdim=True)
    centers = members.to(features.dtype) @ features / sizes.clamp_min(1)
    return centers.unflatten(0, (2, -1)), (sizes > 0).view(2, -1)


def hetero_center_loss(
    features: torch.Tensor, labels: torch.Tensor, modalities: torch.Tensor, squared: bool = True
) -> torch.Tensor:
    """Mean distance between an identity's centers in the two modalities (Zhu et al. 2020; HcTri Eq. 7).

    Identities that lack a modality are left out; if none is left the loss is a zero attached to the graph. Eq. 7
    sums over the identities; the mean makes the weight of the loss independent of their number.

    Args:
        features: (B, D).
        labels: Class of each, (B,).
        modalities: 0 or 1 of each, (B,).
        squared: Squared Euclidean distances (Zhu et al.); else unsquared (Eq. 7 to the letter).

    Returns:
        The loss, a scalar.
    """
    (visible, infrared), present = modality_centers(features, labels, modalities)
    in_both = present.all(dim=0)
    distances = rowwise_distance(visible, infrared, squared) * in_both
    return distances.sum() / in_both.sum().clamp_min(1)


def hetero_center_triplet_loss(
    features: torch.Tensor,
    labels: torch.Tensor,
    modalities: torch.Tensor,
    margin: float = 0.3,
    reduction: str = 'mean',
) -> torch.Tensor:
    """Hetero-center triplet loss (HcTri Eq. 5): [margin + d(c, other modality's c) - min d(c, other identities' c)]+.

    Every center is an anchor. Its positive is its identity's center in the other modality, its negative the nearest
    of the other identities' centers in either modality. A center without a positive or without a negative is no
    anchor, but remains a negative of others; if there is no anchor the loss is a zero attached to the graph.

    Args:
        features: (B, D), not normalized.
        labels: Class of each, (B,).
        modalities: 0 or 1 of each, (B,).
        margin: Margin, in units of the unsquared Euclidean distance.
        reduction: ``'mean'`` over the anchors (2P in a full batch; published code), or their ``'sum'`` (the equation
            to the letter).

    Returns:
        The loss, a scalar.
    """
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be one of {REDUCTIONS}, got '{reduction}'.")
    centers, present = modality_centers(features, labels, modalities)
    num_ids = present.shape[1]
    # Positives from the differences: they get near each other, where the matrix loses digits to cancellation.
    to_positive = rowwise_distance(*centers).repeat(2)
    distances = euclidean_distance_matrix(centers.flatten(0, 1))
    other_identity = ~torch.eye(num_ids, dtype=torch.bool, device=labels.device).repeat(2, 2)
    negative = other_identity & present.flatten()
    to_negative = distances.masked_fill(~negative, float('inf')).amin(dim=1)
    # Without a second identity the nearest negative is infinitely far: the hinge is zero.
    anchors = present.all(dim=0).repeat(2)
    hinges = (margin + to_positive - to_negative).clamp_min(0) * anchors
    return hinges.sum() if reduction == 'sum' else hinges.sum() / anchors.sum().clamp_min(1)
