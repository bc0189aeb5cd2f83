"""Losses on the centers of each identity in each modality as heads."""

from collections.abc import Mapping

import torch

from mmvireid.models.losses import hetero_center_loss, hetero_center_triplet_loss
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead


@MODELS.register_module()
class HeteroCenterTripletHead(BaseHead):
    """Hetero-center triplet loss (HcTri Eq. 5; see :func:`hetero_center_triplet_loss`).

    Args:
        loss_weights: See :class:`BaseHead`.
        margin: Margin of the hinge.
        reduction: ``'mean'`` over the centers or ``'sum'``.
        across_ranks: See :class:`BaseHead`.
    """

    def __init__(
        self,
        loss_weights: Mapping[str, float | None] | None = None,
        margin: float = 0.3,
        reduction: str = 'mean',
        across_ranks: bool = False,
    ) -> None:
        super().__init__(loss_weights, across_ranks=across_ranks)
        self.margin = margin
        self.reduction = reduction

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return hetero_center_triplet_loss(feature, targets.labels, targets.modalities, self.margin, self.reduction)


@MODELS.register_module()
class HeteroCenterHead(BaseHead):
    """Hetero-center loss (HcTri Eq. 7; see :func:`hetero_center_loss`).

    Args:
        loss_weights: See :class:`BaseHead`.
        squared: Squared Euclidean distances, else unsquared.
        across_ranks: See :class:`BaseHead`.
    """

    def __init__(
        self,
        loss_weights: Mapping[str, float | None] | None = None,
        squared: bool = True,
        across_ranks: bool = False,
    ) -> None:
        super().__init__(loss_weights, across_ranks=across_ranks)
        self.squared = squared

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return hetero_center_loss(feature, targets.labels, targets.modalities, self.squared)
