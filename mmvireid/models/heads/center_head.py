"""Center loss as a head."""

from collections.abc import Mapping

import torch
from torch import nn

from mmvireid.models.losses import center_loss
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead, pair_parts


@MODELS.register_module()
class CenterHead(BaseHead):
    """Center loss (HcTri Eq. 6; see :func:`center_loss`), with one learned center for each identity.

    The centers are parameters of the head, trained by the model's optimizer. They are drawn from a standard normal
    distribution, as usual for this loss; several features of a head share them.

    Args:
        num_classes: Identities of the training split.
        in_channels: D, length of every feature it reads.
        loss_weights: See :class:`BaseHead`.
        num_parts: P, for features (B, P, D): each part has centers of its own; None for features (B, D).
        squared: Squared Euclidean distances, else unsquared.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_weights: Mapping[str, float | None] | None = None,
        num_parts: int | None = None,
        squared: bool = True,
    ) -> None:
        super().__init__(loss_weights)
        self.num_classes = num_classes
        self.num_parts = num_parts
        self.squared = squared
        shape = (num_classes, in_channels)
        self.centers = nn.Parameter(torch.randn(shape if num_parts is None else (num_parts, *shape)))

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return sum(
            center_loss(part, targets.labels, centers, self.squared)
            for centers, part in pair_parts(self.centers, feature, self.num_parts)
        )

    def formula_of_parts(self, parts: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return self.formula(parts, targets)
