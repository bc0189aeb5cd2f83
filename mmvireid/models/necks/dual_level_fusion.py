"""DF2AM's dual-level feature fusion."""

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.models.layers import build_bn_neck, global_avg_pool, part_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class DualLevelFusionNeck(BaseModule):
    """Dual-level feature fusion, DF2 (DF2AM, Sec. 3.3).

    With g the global average of the last map and f_1 ... f_P the averages of its P horizontal parts, the
    part-aggregated feature is f* = sum_p w_p f_p (Eq. 6), w a softmax, and the fused feature is BN(g) + f* (Eq. 7).
    Features: ``pooled`` (g), ``bn`` (BN(g)), ``part_aggregated`` (f*), ``fused``; each (B, C).

    Args:
        in_channels: C, channels of the last map.
        num_parts: P.
        attention: ``'learned'``, one P-vector for all images, starting equal; or ``'input'``, a Linear shared by the
            parts scores each part feature of each image.
        shift: Learn the batch norm's shift.
    """

    ATTENTIONS = ('learned', 'input')

    def __init__(self, in_channels: int, num_parts: int = 4, attention: str = 'learned', shift: bool = False) -> None:
        super().__init__()
        if attention not in self.ATTENTIONS:
            raise ValueError(f"model.neck.attention must be one of {self.ATTENTIONS}, got '{attention}'.")
        self.num_parts = num_parts
        self.bn = build_bn_neck(in_channels, shift)
        if attention == 'learned':
            self.part_scores = nn.Parameter(torch.zeros(num_parts))
        else:
            self.part_scorer = nn.Linear(in_channels, 1)
        self.attention = attention

    def part_weights(self, parts: torch.Tensor) -> torch.Tensor:
        """w of Eq. 6, summing to 1 over the parts: (B, P, C) -> (P,) or (B, P)."""
        if self.attention == 'learned':
            return self.part_scores.softmax(dim=-1)
        return self.part_scorer(parts.to(self.part_scorer.weight.dtype)).squeeze(-1).softmax(dim=-1)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        pooled = global_avg_pool(maps[-1])
        parts = part_pool(maps[-1], self.num_parts)
        part_aggregated = (self.part_weights(parts).unsqueeze(-1) * parts).sum(dim=1)
        bn = self.bn(pooled.to(self.bn.weight.dtype))
        return ReIDFeatures(pooled=pooled, bn=bn, part_aggregated=part_aggregated, fused=bn + part_aggregated)
