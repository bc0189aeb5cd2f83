"""PCB: average-pooled strips, classified one by one."""

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.models.layers import FCBlock, part_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class PCBNeck(BaseModule):
    """The part-based convolutional baseline (Sun et al., Beyond part models, 2018; HPILN, Sec. 3.1).

    The last map is averaged in P horizontal strips. Features: ``embedding`` (B, P * C), the strips' averages one after
    the other; ``parts`` (B, P, D), the averages after dropout and one 1x1 convolution, batch norm and ReLU for all
    strips, which the strips' classifiers read.

    Args:
        in_channels: C, channels of the last map.
        num_parts: P; neighbors may share a row where P does not divide the map's height.
        out_channels: D.
        dropout: Probability that dropout sets a number to zero while training.
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
