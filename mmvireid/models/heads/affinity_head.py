"""Heads for DF2AM's affinity modeling."""

from typing import Any

import torch

from mmvireid.models.losses import affinity_l1_loss, affinity_loss
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead


@MODELS.register_module()
class AffinityHead(BaseHead):
    """Apply affinity modeling with a margin (DF2AM Eq. 12; see :func:`affinity_loss`).

    Args:
        margin: A negative pair at this distance or more costs nothing.
        reduction: ``'mean'``, ``'sum'`` or ``'pos_neg_mean'``.
        kwargs: Options of :class:`BaseHead`.

    Example:
        >>> head = MODELS.build(dict(type='AffinityHead', loss_weights=dict(pooled=1.5), margin=0.5))
        >>> head.loss_weights, head.margin
        ({'pooled': 1.5}, 0.5)
    """

    def __init__(self, margin: float = 1.0, reduction: str = 'mean', **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.margin = margin
        self.reduction = reduction

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return affinity_loss(feature, targets.labels, self.margin, self.reduction)


@MODELS.register_module()
class AffinityL1Head(BaseHead):
    """Apply affinity modeling with the L1 error (DF2AM Eq. 11; see :func:`affinity_l1_loss`).

    Args:
        delta: Target distance of negative pairs.
        reduction: ``'mean'``, ``'sum'`` or ``'pos_neg_mean'``.
        kwargs: Options of :class:`BaseHead`.

    Example:
        >>> head = MODELS.build(dict(type='AffinityL1Head', delta=0.5, across_ranks=True))
        >>> head.loss_weights, head.delta
        ({'pooled': 1.0}, 0.5)
    """

    def __init__(self, delta: float = 1.0, reduction: str = 'mean', **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.delta = delta
        self.reduction = reduction

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return affinity_l1_loss(feature, targets.labels, self.delta, self.reduction)
