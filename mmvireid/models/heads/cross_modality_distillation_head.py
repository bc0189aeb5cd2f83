"""Cross-modality knowledge distillation as a head."""

from collections.abc import Mapping

import torch

from mmvireid.models.losses import DISTILLATION_LEVELS, DISTILLATION_REDUCTIONS, cross_modality_distillation_loss
from mmvireid.registry import MODELS
from mmvireid.structures import Modality, ReIDTargets, TupleRole

from .base_head import BaseHead


@MODELS.register_module()
class CrossModalityDistillationHead(BaseHead):
    """CMKD loss over tuples (LCCRF Eq. 5; see :func:`cross_modality_distillation_loss`).

    It needs batches of :class:`~mmvireid.datasets.AnchorTupleSampler`.

    Args:
        loss_weights: See :class:`BaseHead`; a feature is (B, C, h, w) or (B, D).
        level: ``'map'`` or ``'pooled'``.
        reduction: ``'mean'``, as in the released code, or ``'sum'``, as the paper writes it.

    Raises:
        ValueError: An unknown option.
    """

    default_feature = 'specific'

    def __init__(
        self,
        loss_weights: Mapping[str, float | None] | None = None,
        level: str = 'map',
        reduction: str = 'mean',
    ) -> None:
        super().__init__(loss_weights)
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
