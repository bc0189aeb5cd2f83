"""Head for the center loss."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from mmvireid.models.losses import center_loss
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDTargets

from .base_head import BaseHead, check_num_classes, pair_parts


@MODELS.register_module()
class CenterHead(BaseHead):
    """Apply the center loss (HcTri Eq. 6; see :func:`center_loss`) with one learned center for each identity.

    The centers are parameters of the head. The model's optimizer trains them. They start from a standard normal
    distribution. Several features of one head share the centers.

    Args:
        num_classes: Identities of the training split.
        in_channels: D, the length of every feature that the head reads.
        num_parts: P for features (B, P, D), which have centers for each part. None for features (B, D).
        squared: Use squared Euclidean distances.
        kwargs: Options of :class:`BaseHead`.

    Example:
        >>> head = MODELS.build(dict(type='CenterHead', num_classes=5, in_channels=8, num_parts=3))
        >>> head.centers.shape
        torch.Size([3, 5, 8])
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_parts: int | None = None,
        squared: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.num_classes = num_classes
        self.num_parts = num_parts
        self.squared = squared
        shape = (num_classes, in_channels)
        self.centers = nn.Parameter(torch.randn(shape if num_parts is None else (num_parts, *shape)))

    def check_training_data(self, metainfo: Mapping[str, Any], sampler: Any) -> None:
        """Refuse training data with another number of identities."""
        check_num_classes(self.num_classes, metainfo)

    def formula(self, feature: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return sum(
            center_loss(part, targets.labels, centers, self.squared)
            for centers, part in pair_parts(self.centers, feature, self.num_parts)
        )

    def formula_of_parts(self, parts: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        return self.formula(parts, targets)
