"""Center loss with learned centers."""

import torch

from .pairwise_distance import rowwise_distance


def center_loss(
    features: torch.Tensor, labels: torch.Tensor, centers: torch.Tensor, squared: bool = True
) -> torch.Tensor:
    """Half the mean distance of the images from their identity's learned center (Wen et al. 2016; HcTri Eq. 6).

    Both modalities share an identity's center. Eq. 6 sums over the batch; the mean makes the weight of the loss
    independent of its size.

    Args:
        features: (B, D).
        labels: Class of each, (B,).
        centers: The centers of all classes, (N, D).
        squared: Squared Euclidean distances (Wen et al.); else unsquared (Eq. 6 to the letter).

    Returns:
        The loss, a scalar.
    """
    return rowwise_distance(features, centers[labels], squared).mean() / 2
