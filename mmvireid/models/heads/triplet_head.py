"""Heads for triplet losses over all images of a batch."""

from typing import Any

import torch

from mmvireid.models.losses import batch_hard_triplet_loss, weighted_regularized_triplet_loss
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead


@MODELS.register_module()
class TripletHead(BaseHead):
    """Apply the batch-hard triplet loss (HcTri Eq. 3; see :func:`batch_hard_triplet_loss`).

    With ``within_modality=True`` it is DF2AM Eq. 3.

    Args:
        margin: Margin of the hinge.
        kwargs: Options of :class:`BaseHead`.

    Example:
        >>> head = MODELS.build(dict(type='TripletHead', margin=0.5, within_modality=True))
        >>> head.loss_weights, head.margin
        ({'pooled': 1.0}, 0.5)
    """

    def __init__(self, margin: float = 0.3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.margin = margin

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return batch_hard_triplet_loss(feature, targets.labels, self.margin)


@MODELS.register_module()
class WeightedRegularizedTripletHead(BaseHead):
    """Apply AGW's weighted regularized triplet loss (see :func:`weighted_regularized_triplet_loss`).

    The options are the options of :class:`BaseHead`.

    Example:
        >>> head = MODELS.build(dict(type='WeightedRegularizedTripletHead', loss_weights=dict(pooled=0.5)))
        >>> head.loss_weights
        {'pooled': 0.5}
    """

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return weighted_regularized_triplet_loss(feature, targets.labels)
