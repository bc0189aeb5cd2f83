"""Head for cross-modality knowledge distillation."""

from typing import Any

import torch

from mmvireid.models.losses import DISTILLATION_LEVELS, DISTILLATION_REDUCTIONS, cross_modality_distillation_loss
from mmvireid.registry import MODELS
from mmvireid.structures import Modality, ReIDTargets, TupleRole

from .base_head import BaseHead


@MODELS.register_module()
class CrossModalityDistillationHead(BaseHead):
    """Apply the CMKD loss to tuples (LCCRF Eq. 5; see :func:`cross_modality_distillation_loss`).

    The head needs batches of :class:`~mmvireid.datasets.AnchorTupleSampler`. A feature is (B, C, h, w) or (B, D).

    Args:
        level: ``'map'`` or ``'pooled'``.
        reduction: ``'mean'``, as in the released code, or ``'sum'``, as in the paper.
        kwargs: Options of :class:`BaseHead`. ``within_modality`` and ``role`` are refused.

    Raises:
        ValueError: An option is unknown or refused.

    Example:
        >>> head = MODELS.build(dict(type='CrossModalityDistillationHead', level='pooled', across_ranks=True))
        >>> head.loss_weights, head.level
        ({'specific': 1.0}, 'pooled')
    """

    default_feature = 'specific'
    refused_options = {
        'within_modality': 'compares an anchor with a positive of the other modality',
        'role': 'compares anchors with positives',
    }

    def __init__(self, level: str = 'map', reduction: str = 'mean', **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if level not in DISTILLATION_LEVELS:
            raise ValueError(f"level must be one of {DISTILLATION_LEVELS}, got '{level}'.")
        if reduction not in DISTILLATION_REDUCTIONS:
            raise ValueError(f"reduction must be one of {DISTILLATION_REDUCTIONS}, got '{reduction}'.")
        self.level = level
        self.reduction = reduction

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        anchors, positives = (
            [feature[targets.in_role(role, modality)] for modality in Modality]
            for role in (TupleRole.ANCHOR, TupleRole.POSITIVE)
        )
        return cross_modality_distillation_loss(anchors, positives, self.level, self.reduction)
