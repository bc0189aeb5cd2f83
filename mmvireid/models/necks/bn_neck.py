"""Global average pooling and a BN neck."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import build_bn_neck, global_avg_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class GlobalBNNeck(BaseModule):
    """``pooled`` = global average of the last map, ``bn`` = batch norm of it; both (B, C).

    Args:
        in_channels: C, channels of the last map.
        shift: Learn the batch norm's shift.
    """

    def __init__(self, in_channels: int, shift: bool = False) -> None:
        super().__init__()
        self.bn = build_bn_neck(in_channels, shift)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        pooled = global_avg_pool(maps[-1])
        return ReIDFeatures(pooled=pooled, bn=self.bn(pooled))
