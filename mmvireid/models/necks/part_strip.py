"""Horizontal body parts, each with a feature of its own."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import GlobalPooling, PartReduction, part_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class PartStripNeck(BaseModule):
    """Part-level features of horizontal strips (HcTri, Sec. III-B).

    The last map is cut into P strips, each pooled to C numbers and reduced to D by layers of its own. Features:
    ``parts`` (B, P, D), and ``concatenated`` (B, P * D), the global feature and that of the test.

    Args:
        in_channels: C, channels of the last map.
        num_parts: P; neighbors may share a row where P does not divide the map's height.
        out_channels: D.
        pooling, p, learn_p: See :class:`~mmvireid.models.layers.GlobalPooling`.
    """

    def __init__(
        self,
        in_channels: int,
        num_parts: int = 6,
        out_channels: int = 256,
        pooling: str = 'gem',
        p: float = 3.0,
        learn_p: bool = False,
    ) -> None:
        super().__init__()
        self.num_parts = num_parts
        self.pool = GlobalPooling(pooling, p, learn_p)
        self.reduction = PartReduction(num_parts, in_channels, out_channels)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        parts = self.reduction(part_pool(maps[-1], self.num_parts, self.pool))
        return ReIDFeatures(parts=parts, concatenated=parts.flatten(1))
