"""Triplet losses over all images of a batch as heads."""

from collections.abc import Mapping

import torch

from mmvireid.models.losses import batch_hard_triplet_loss, weighted_regularized_triplet_loss
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead


@MODELS.register_module()
class TripletHead(BaseHead):
    """Batch-hard triplet loss (HcTri Eq. 3; DF2AM Eq. 3, within each modality; see :func:`batch_hard_triplet_loss`).

    Args:
        loss_weights: See :class:`BaseHead`.
        margin: Margin of the hinge.
        within_modality, across_ranks: See :class:`BaseHead`.
    """

    def __init__(
        self,
        loss_weights: Mapping[str, float | None] | None = None,
        margin: float = 0.3,
        within_modality: bool = False,
        across_ranks: bool = False,
    ) -> None:
        super().__init__(loss_weights, within_modality, across_ranks)
        self.margin = margin

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return batch_hard_triplet_loss(feature, targets.labels, self.margin)


@MODELS.register_module()
class WeightedRegularizedTripletHead(BaseHead):
    """Weighted regularized triplet loss of AGW (see :func:`weighted_regularized_triplet_loss`).

    Args:
        loss_weights: See :class:`BaseHead`.
        within_modality, across_ranks: See :class:`BaseHead`.
    """

    def __init__(
        self,
        loss_weights: Mapping[str, float | None] | None = None,
        within_modality: bool = False,
        across_ranks: bool = False,
    ) -> None:
        super().__init__(loss_weights, within_modality, across_ranks)

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return weighted_regularized_triplet_loss(feature, targets.labels)
