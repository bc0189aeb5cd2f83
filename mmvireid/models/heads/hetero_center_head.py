"""Heads for losses on the centers of each identity in each modality."""

from typing import Any

import torch

from mmvireid.models.losses import hetero_center_loss, hetero_center_triplet_loss
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead


@MODELS.register_module()
class HeteroCenterTripletHead(BaseHead):
    """Apply the hetero-center triplet loss (HcTri Eq. 5; see :func:`hetero_center_triplet_loss`).

    Args:
        margin: Margin of the hinge.
        reduction: ``'mean'`` or ``'sum'`` over the centers.
        kwargs: Options of :class:`BaseHead`. ``within_modality`` is refused.

    Example:
        >>> head = MODELS.build(dict(type='HeteroCenterTripletHead', loss_weights=dict(concatenated=1.0, parts=2.0)))
        >>> head.loss_weights
        {'concatenated': 1.0, 'parts': 2.0}
    """

    refused_options = {'within_modality': 'compares centers of both modalities'}

    def __init__(self, margin: float = 0.3, reduction: str = 'mean', **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.margin = margin
        self.reduction = reduction

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return hetero_center_triplet_loss(feature, targets.labels, targets.modalities, self.margin, self.reduction)


@MODELS.register_module()
class HeteroCenterHead(BaseHead):
    """Apply the hetero-center loss (HcTri Eq. 7; see :func:`hetero_center_loss`).

    Args:
        squared: Use squared Euclidean distances.
        kwargs: Options of :class:`BaseHead`. ``within_modality`` is refused.

    Example:
        >>> head = MODELS.build(dict(type='HeteroCenterHead', squared=False))
        >>> head.loss_weights, head.squared
        ({'pooled': 1.0}, False)
    """

    refused_options = {'within_modality': 'compares centers of both modalities'}

    def __init__(self, squared: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.squared = squared

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return hetero_center_loss(feature, targets.labels, targets.modalities, self.squared)
