"""Dual-level feature fusion of DF2AM."""

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.models.layers import build_bn_neck, global_avg_pool, part_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class DualLevelFusionNeck(BaseModule):
    """Fuse the global feature and the part features of an image, DF2 (DF2AM, Sec. 3.3).

    g is the average of the last map, and f_1 ... f_P are the averages of its P horizontal parts.

    - The part-aggregated feature is f* = sum_p w_p f_p (Eq. 6). The weights w are a softmax over the parts.
    - The fused feature is BN(g) + f* (Eq. 7).

    Features, each (B, C): ``pooled`` is g, ``bn`` is BN(g), ``part_aggregated`` is f*, and ``fused`` is BN(g) + f*.

    Args:
        in_channels: C, the channels of the last map.
        num_parts: P.
        attention: ``'learned'`` learns one P-vector for all images, which starts with equal weights. ``'input'`` scores
            each part feature of each image with one shared Linear.
        shift: Learn the shift of the batch norm.

    Raises:
        ValueError: ``attention`` is another word.

    Example:
        >>> neck = DualLevelFusionNeck(in_channels=8, num_parts=4)
        >>> neck((torch.rand(2, 8, 4, 2),))
        ReIDFeatures(pooled=(2, 8), bn=(2, 8), part_aggregated=(2, 8), fused=(2, 8))
        >>> neck.part_weights(torch.rand(2, 4, 8)).tolist()
        [0.25, 0.25, 0.25, 0.25]
    """

    ATTENTIONS = ('learned', 'input')

    def __init__(self, in_channels: int, num_parts: int = 4, attention: str = 'learned', shift: bool = False) -> None:
        super().__init__()
        if attention not in self.ATTENTIONS:
            raise ValueError(f"attention must be one of {self.ATTENTIONS}, got '{attention}'.")
        self.num_parts = num_parts
        self.bn = build_bn_neck(in_channels, shift)
        if attention == 'learned':
            self.part_scores = nn.Parameter(torch.zeros(num_parts))
        else:
            self.part_scorer = nn.Linear(in_channels, 1)
        self.attention = attention

    def part_weights(self, parts: torch.Tensor) -> torch.Tensor:
        """Return w of Eq. 6, which sums to 1 over the parts: (B, P, C) -> (P,) or (B, P)."""
        if self.attention == 'learned':
            return self.part_scores.softmax(dim=-1)
        return self.part_scorer(parts.to(self.part_scorer.weight.dtype)).squeeze(-1).softmax(dim=-1)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        pooled = global_avg_pool(maps[-1])
        parts = part_pool(maps[-1], self.num_parts)
        part_aggregated = (self.part_weights(parts).unsqueeze(-1) * parts).sum(dim=1)
        bn = self.bn(pooled.to(self.bn.weight.dtype))
        return ReIDFeatures(pooled=pooled, bn=bn, part_aggregated=part_aggregated, fused=bn + part_aggregated)
