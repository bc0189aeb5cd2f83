"""Center loss with learned centers."""

import torch

from .pairwise_distance import rowwise_distance


def center_loss(
    features: torch.Tensor, labels: torch.Tensor, centers: torch.Tensor, squared: bool = True
) -> torch.Tensor:
    """Compute half the mean distance of the images from the center of their class (Wen et al. 2016; HcTri Eq. 6).

    A class has one center for both modalities. Eq. 6 is a sum over the batch. This function takes the mean, so that
    the weight of the loss does not depend on the batch size.

    Args:
        features: (B, D).
        labels: Class of each image, (B,).
        centers: The centers of all N classes, (N, D).
        squared: Use squared Euclidean distances (Wen et al.). Eq. 6 prints unsquared distances.

    Returns:
        The loss, a scalar.

    Example:
        >>> features, centers = torch.tensor([[3.0, 4.0]]), torch.zeros(1, 2)
        >>> center_loss(features, torch.tensor([0]), centers).item()
        12.5
        >>> center_loss(features, torch.tensor([0]), centers, squared=False).item()
        2.5
    """
    return rowwise_distance(features, centers[labels], squared).mean() / 2
