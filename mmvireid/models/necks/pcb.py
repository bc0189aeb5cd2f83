"""Average-pooled strips of PCB."""

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.models.layers import FCBlock, part_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class PCBNeck(BaseModule):
    """Average the last map in P horizontal strips (PCB: Sun et al., Beyond part models, 2018; HPILN, Sec. 3.1).

    Features: ``embedding`` (B, P * C) joins the averages of the strips. ``parts`` (B, P, D) is the input of the strips'
    classifiers: the averages after dropout, a 1x1 convolution, batch norm and ReLU. All strips share these layers.

    Args:
        in_channels: C, the channels of the last map.
        num_parts: P. If P does not divide the height of the map, neighboring strips may share a row.
        out_channels: D.
        dropout: Probability that dropout sets a number to zero while training.

    Example:
        >>> neck = PCBNeck(in_channels=8, num_parts=6, out_channels=3)
        >>> neck((torch.rand(2, 8, 14, 14),))
        ReIDFeatures(embedding=(2, 48), parts=(2, 6, 3))
    """

    def __init__(
        self, in_channels: int = 2048, num_parts: int = 6, out_channels: int = 256, dropout: float = 0.5
    ) -> None:
        super().__init__()
        self.num_parts = num_parts
        self.dropout = nn.Dropout(dropout)
        self.reduction = FCBlock(in_channels, out_channels)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        columns = part_pool(maps[-1], self.num_parts)
        return ReIDFeatures(embedding=columns.flatten(1), parts=self.reduction(self.dropout(columns)))
