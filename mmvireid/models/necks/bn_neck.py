"""Global pooling and a BN neck."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import GlobalPooling, build_bn_neck
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class GlobalBNNeck(BaseModule):
    """``pooled`` = the last map pooled over all positions, ``bn`` = batch norm of it; both (B, C).

    Args:
        in_channels: C, channels of the last map.
        shift: Learn the batch norm's shift.
        pooling, p, learn_p: See :class:`~mmvireid.models.layers.GlobalPooling`.
    """

    def __init__(
        self, in_channels: int, shift: bool = False, pooling: str = 'avg', p: float = 3.0, learn_p: bool = False
    ) -> None:
        super().__init__()
        self.pool = GlobalPooling(pooling, p, learn_p)
        self.bn = build_bn_neck(in_channels, shift)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        pooled = self.pool(maps[-1])
        return ReIDFeatures(pooled=pooled, bn=self.bn(pooled.to(self.bn.weight.dtype)))
