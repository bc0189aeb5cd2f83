"""The last map, whole and pooled."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import GlobalPooling
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class MapNeck(BaseModule):
    """``map`` (B, C, h, w) = the last map, ``pooled`` (B, C) = the same pooled over all positions (DSCSN, Sec. III).

    Args:
        pooling: ``'avg'``, ``'max'`` or ``'gem'`` with p = 3, see :class:`~mmvireid.models.layers.GlobalPooling`.
    """

    def __init__(self, pooling: str = 'avg') -> None:
        super().__init__()
        self.pool = GlobalPooling(pooling)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        return ReIDFeatures(pooled=self.pool(maps[-1]), map=maps[-1].float())
