"""The pooled last map and nothing else."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import GlobalPooling
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class EmbeddingNeck(BaseModule):
    """``embedding`` (B, C) = the last map pooled over all positions.

    Args:
        pooling: ``'avg'``, ``'max'`` or ``'gem'`` with p = 3, see :class:`~mmvireid.models.layers.GlobalPooling`.
    """

    def __init__(self, pooling: str = 'avg') -> None:
        super().__init__()
        self.pool = GlobalPooling(pooling)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        return ReIDFeatures(embedding=self.pool(maps[-1]))
