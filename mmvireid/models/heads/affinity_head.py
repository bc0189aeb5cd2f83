"""DF2AM's affinity modeling as heads."""

from collections.abc import Mapping

import torch

from mmvireid.models.losses import affinity_l1_loss, affinity_loss
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead


@MODELS.register_module()
class AffinityHead(BaseHead):
    """Affinity modeling with a margin (DF2AM Eq. 12; see :func:`affinity_loss`).

    Args:
        loss_weights: See :class:`BaseHead`.
        margin: Distance beyond which a negative pair costs nothing.
        reduction: ``'mean'``, ``'sum'`` or ``'pos_neg_mean'``.
        across_ranks: See :class:`BaseHead`.
    """

    def __init__(
        self,
        loss_weights: Mapping[str, float | None] | None = None,
        margin: float = 1.0,
        reduction: str = 'mean',
        across_ranks: bool = False,
    ) -> None:
        super().__init__(loss_weights, across_ranks=across_ranks)
        self.margin = margin
        self.reduction = reduction

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return affinity_loss(feature, targets.labels, self.margin, self.reduction)


@MODELS.register_module()
class AffinityL1Head(BaseHead):
    """Affinity modeling by the L1 error (DF2AM Eq. 11; see :func:`affinity_l1_loss`).

    Args:
        loss_weights: See :class:`BaseHead`.
        delta: Distance that negative pairs are drawn to.
        reduction: ``'mean'``, ``'sum'`` or ``'pos_neg_mean'``.
        across_ranks: See :class:`BaseHead`.
    """

    def __init__(
        self,
        loss_weights: Mapping[str, float | None] | None = None,
        delta: float = 1.0,
        reduction: str = 'mean',
        across_ranks: bool = False,
    ) -> None:
        super().__init__(loss_weights, across_ranks=across_ranks)
        self.delta = delta
        self.reduction = reduction

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return affinity_l1_loss(feature, targets.labels, self.delta, self.reduction)
