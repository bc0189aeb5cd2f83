"""Head for the hard pentaplet loss."""

from typing import Any

import torch

from mmvireid.models.losses import hard_pentaplet_loss
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead


@MODELS.register_module()
class HardPentapletHead(BaseHead):
    """Apply the hard pentaplet loss (HPILN Eqs. 5-7; see :func:`hard_pentaplet_loss`).

    Args:
        margin: Margin of the hinges. The paper tries 0.3 to 1.8 and does not say which value it uses.
        kwargs: Options of :class:`BaseHead`. ``within_modality`` is refused.

    Example:
        >>> head = MODELS.build(dict(type='HardPentapletHead', margin=0.5))
        >>> head.loss_weights, head.margin
        ({'embedding': 1.0}, 0.5)
    """

    default_feature = 'embedding'
    refused_options = {'within_modality': 'compares images of both modalities'}

    def __init__(self, margin: float = 0.3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.margin = margin

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return hard_pentaplet_loss(feature, targets.labels, targets.modalities, self.margin)
