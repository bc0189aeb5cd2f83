"""Hard pentaplet loss as a head."""

from collections.abc import Mapping

import torch

from mmvireid.models.losses import hard_pentaplet_loss
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead


@MODELS.register_module()
class HardPentapletHead(BaseHead):
    """Hard pentaplet loss (HPILN Eqs. 5-7; see :func:`hard_pentaplet_loss`).

    Args:
        loss_weights: See :class:`BaseHead`.
        margin: Margin of the hinges. The paper tries 0.3 to 1.8 and does not say which it settles on.
        across_ranks: See :class:`BaseHead`.
    """

    default_feature = 'embedding'

    def __init__(
        self,
        loss_weights: Mapping[str, float | None] | None = None,
        margin: float = 0.3,
        across_ranks: bool = False,
    ) -> None:
        super().__init__(loss_weights, across_ranks=across_ranks)
        self.margin = margin

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return hard_pentaplet_loss(feature, targets.labels, targets.modalities, self.margin)
