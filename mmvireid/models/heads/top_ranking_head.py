"""Head for the top-ranking loss."""

from typing import Any

import torch

from mmvireid.models.losses import top_ranking_loss
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead


@MODELS.register_module()
class TopRankingHead(BaseHead):
    """Apply the dual-constrained top-ranking loss (BDTR; RKL of DSCSN + CCN Table I; see :func:`top_ranking_loss`).

    Args:
        margin: Margin for negatives of the other modality.
        intra_margin: Margin for negatives of the anchor's modality.
        kwargs: Options of :class:`BaseHead`. ``within_modality`` is refused.

    Example:
        >>> head = MODELS.build(dict(type='TopRankingHead', margin=0.4))
        >>> head.margin, head.intra_margin
        (0.4, 0.1)
    """

    refused_options = {'within_modality': 'takes positives from the other modality'}

    def __init__(self, margin: float = 0.5, intra_margin: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.margin = margin
        self.intra_margin = intra_margin

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return top_ranking_loss(feature, targets.labels, targets.modalities, self.margin, self.intra_margin)
