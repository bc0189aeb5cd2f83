"""Mid-level features and the last feature of Res-Mid."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import FCBlock, global_avg_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class ResMidNeck(BaseModule):
    """Fuse the maps of the last layer's blocks (Yu et al., The devil is in the middle, 2017; HPILN, Sec. 3.1).

    All maps are average-pooled. Linear, batch norm and ReLU reduce the concatenation of all vectors but the last to the
    mid-level vector.

    Feature: ``embedding`` (B, mid_channels + C) joins the mid-level vector and the last pooled vector.

    Args:
        in_channels: C of every map.
        num_mid: Number of maps before the last one: two for a ResNet-50, one for a ResNet-18.
        mid_channels: Length of the mid-level vector.

    Raises:
        ValueError: The backbone returns another number of maps.

    Example:
        >>> neck = ResMidNeck(in_channels=8, num_mid=2, mid_channels=4)
        >>> neck(tuple(torch.rand(2, 8, 7, 7) for _ in range(3)))
        ReIDFeatures(embedding=(2, 12))
    """

    def __init__(self, in_channels: int = 2048, num_mid: int = 2, mid_channels: int = 1024) -> None:
        super().__init__()
        self.num_mid = num_mid
        self.reduction = FCBlock(num_mid * in_channels, mid_channels)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        if len(maps) != self.num_mid + 1:
            raise ValueError(
                f'num_mid={self.num_mid} needs {self.num_mid + 1} maps, got {len(maps)}: use the backbone ResNetMid, '
                'and set num_mid to the number of blocks in its last layer minus one.'
            )
        *mid, last = (global_avg_pool(feature_map) for feature_map in maps)
        return ReIDFeatures(embedding=torch.cat([self.reduction(torch.cat(mid, dim=1)), last], dim=1))
