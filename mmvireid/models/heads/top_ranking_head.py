"""Top-ranking loss as a head."""

from collections.abc import Mapping

import torch

from mmvireid.models.losses import top_ranking_loss
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead


@MODELS.register_module()
class TopRankingHead(BaseHead):
    """Dual-constrained top-ranking loss (BDTR; RKL of DSCSN + CCN Table I; see :func:`top_ranking_loss`).

    Args:
        loss_weights: See :class:`BaseHead`.
        margin: For negatives of the other modality.
        intra_margin: For negatives of the anchor's own.
        across_ranks: See :class:`BaseHead`.
    """

    def __init__(
        self,
        loss_weights: Mapping[str, float | None] | None = None,
        margin: float = 0.5,
        intra_margin: float = 0.1,
        across_ranks: bool = False,
    ) -> None:
        super().__init__(loss_weights, across_ranks=across_ranks)
        self.margin = margin
        self.intra_margin = intra_margin

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return top_ranking_loss(feature, targets.labels, targets.modalities, self.margin, self.intra_margin)
