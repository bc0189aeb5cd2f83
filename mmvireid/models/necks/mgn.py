"""Global and part features of MGN, in three granularities."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import PartReduction, global_max_pool, part_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class MGNNeck(BaseModule):
    """Pool the maps of MGN's three branches globally and in strips (Wang et al., 2018; HPILN, Sec. 3.1).

    Max pooling gives eight vectors: one of each whole map, two of the second map's halves, and three of the third map's
    thirds. Each vector has its own reduction: a 1x1 convolution, batch norm and ReLU.

    Features: ``pooled`` (B, 3, C) has the global vectors before the reduction. ``parts`` (B, 5, D) has the reduced
    strips. ``embedding`` (B, 8 * D) joins all eight reduced vectors, the global ones first.

    Args:
        in_channels: C of every map.
        out_channels: D.

    Raises:
        ValueError: The backbone returns another number of maps.

    Example:
        >>> neck = MGNNeck(in_channels=8, out_channels=3)
        >>> neck((torch.rand(2, 8, 6, 2), torch.rand(2, 8, 12, 4), torch.rand(2, 8, 12, 4)))
        ReIDFeatures(pooled=(2, 3, 8), parts=(2, 5, 3), embedding=(2, 24))
    """

    def __init__(self, in_channels: int = 2048, out_channels: int = 256) -> None:
        super().__init__()
        self.reduction = PartReduction(3 + 2 + 3, in_channels, out_channels)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        if len(maps) != 3:
            raise ValueError(f'MGNNeck needs the maps of three branches, got {len(maps)}: use the backbone MGN.')
        pooled = torch.stack([global_max_pool(feature_map) for feature_map in maps], dim=1)
        halves, thirds = (part_pool(maps[i], i + 1, global_max_pool) for i in (1, 2))
        reduced = self.reduction(torch.cat([pooled, halves, thirds], dim=1))
        return ReIDFeatures(pooled=pooled, parts=reduced[:, 3:], embedding=reduced.flatten(1))
