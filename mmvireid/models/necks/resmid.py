"""Res-Mid: mid-level features beside those of the last block."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import FCBlock, global_avg_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class ResMidNeck(BaseModule):
    """Fuse the blocks of the last layer (Yu et al., The devil is in the middle, 2017; HPILN, Sec. 3.1).

    The average-pooled maps of all blocks but the last, concatenated, are reduced by Linear, batch norm and ReLU;
    ``embedding`` (B, mid_channels + C) is that and the average-pooled last map.

    Args:
        in_channels: C of every map.
        num_mid: How many maps there are before the last: two with a ResNet-50, one with a ResNet-18.
        mid_channels: Length of what they are reduced to.

    Raises:
        ValueError: The backbone gives another number of maps.
    """

    def __init__(self, in_channels: int = 2048, num_mid: int = 2, mid_channels: int = 1024) -> None:
        super().__init__()
        self.num_mid = num_mid
        self.reduction = FCBlock(num_mid * in_channels, mid_channels)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        if len(maps) != self.num_mid + 1:
            raise ValueError(
                f'ResMidNeck with model.neck.num_mid={self.num_mid} reads {self.num_mid + 1} maps, got {len(maps)}: '
                'take the backbone ResNetMid, and for num_mid the blocks of its last layer less one.'
            )
        *mid, last = (global_avg_pool(feature_map) for feature_map in maps)
        return ReIDFeatures(embedding=torch.cat([self.reduction(torch.cat(mid, dim=1)), last], dim=1))
