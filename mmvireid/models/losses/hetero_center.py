"""Losses on centers: the mean feature of each identity in each modality of a batch."""

import torch

from .pairwise_distance import euclidean_distance_matrix, rowwise_distance

REDUCTIONS = ('mean', 'sum')


def modality_centers(
    features: torch.Tensor, labels: torch.Tensor, modalities: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Compute the center of each identity in each modality (HcTri Eq. 4).

    Images are grouped by label. Their order does not matter.

    Args:
        features: (B, D).
        labels: Class of each image, (B,).
        modalities: 0 (visible) or 1 (infrared) for each image, (B,).

    Returns:
        The centers (2, P, D) and a mask (2, P), for the P identities in ascending order of label. The mask is false and
        the center is zero if an identity has no image in a modality.

    Example:
        >>> features = torch.tensor([[1.0], [3.0], [7.0]])
        >>> centers, present = modality_centers(features, torch.tensor([5, 5, 8]), torch.tensor([0, 0, 1]))
        >>> centers.tolist()
        [[[2.0], [0.0]], [[0.0], [7.0]]]
        >>> present.tolist()
        [[True, False], [False, True]]
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
    """Compute the mean distance between the two centers of an identity (Zhu et al. 2020; HcTri Eq. 7).

    An identity with images in one modality only does not count. If no identity counts, the loss is a zero attached to
    the graph. Eq. 7 is a sum over the identities. This function takes the mean, so that the weight of the loss does
    not depend on their number.

    Args:
        features: (B, D).
        labels: Class of each image, (B,).
        modalities: 0 (visible) or 1 (infrared) for each image, (B,).
        squared: Use squared Euclidean distances (Zhu et al.). Eq. 7 prints unsquared distances.

    Returns:
        The loss, a scalar.

    Example:
        >>> features, labels = torch.tensor([[0.0], [3.0]]), torch.tensor([5, 5])
        >>> hetero_center_loss(features, labels, modalities=torch.tensor([0, 1])).item()
        9.0
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
    """Compute the hetero-center triplet loss [margin + d(anchor, positive) - d(anchor, negative)]+ (HcTri Eq. 5).

    Every center is an anchor. Its positive is the center of the same identity in the other modality. Its negative is
    the nearest center of another identity, in either modality. A center without a positive or a negative is not an
    anchor, but it can be a negative. Without any anchor the loss is a zero attached to the graph.

    Args:
        features: (B, D), not normalized.
        labels: Class of each image, (B,).
        modalities: 0 (visible) or 1 (infrared) for each image, (B,).
        margin: Margin, in units of the unsquared Euclidean distance.
        reduction: ``'mean'`` over the anchors (2P in a full batch), as in the released code; or ``'sum'``, as in Eq. 5.

    Returns:
        The loss, a scalar.

    Raises:
        ValueError: ``reduction`` is unknown.

    Example:
        >>> features = torch.tensor([[0.0], [1.0], [3.0], [5.0]])  # centers of two identities
        >>> labels, modalities = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 0, 1])
        >>> loss = hetero_center_triplet_loss(features, labels, modalities, margin=2.0, reduction='sum')
        >>> round(loss.item(), 3)  # 2 + 1 - 3, 2 + 1 - 2, 2 + 2 - 2, [2 + 2 - 4]+
        3.0
    """
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be one of {REDUCTIONS}, got '{reduction}'.")
    centers, present = modality_centers(features, labels, modalities)
    num_ids = present.shape[1]
    # Positive distances come from differences: the matrix loses digits when two centers are close.
    to_positive = rowwise_distance(*centers).repeat(2)
    distances = euclidean_distance_matrix(centers.flatten(0, 1))
    other_identity = ~torch.eye(num_ids, dtype=torch.bool, device=labels.device).repeat(2, 2)
    negative = other_identity & present.flatten()
    to_negative = distances.masked_fill(~negative, float('inf')).amin(dim=1)
    # With one identity the nearest negative is infinitely far, so the hinge is zero.
    anchors = present.all(dim=0).repeat(2)
    hinges = (margin + to_positive - to_negative).clamp_min(0) * anchors
    return hinges.sum() if reduction == 'sum' else hinges.sum() / anchors.sum().clamp_min(1)
