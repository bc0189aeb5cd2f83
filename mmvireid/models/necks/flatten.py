"""A fully connected layer over a whole map."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import FCBlock
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class FlattenNeck(BaseModule):
    """Apply a fully connected layer to all activations of the last map (MuDeep).

    Feature: ``embedding`` (B, D).

    Args:
        in_channels: C * h * w of the last map, which depends on the size of the images.
        out_channels: D.

    Raises:
        ValueError: The last map has another size.

    Example:
        >>> neck = FlattenNeck(in_channels=8 * 4 * 2, out_channels=5)
        >>> neck((torch.rand(2, 8, 4, 2),))
        ReIDFeatures(embedding=(2, 5))
    """

    def __init__(self, in_channels: int = 256 * 16 * 8, out_channels: int = 4096) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.fc = FCBlock(in_channels, out_channels)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        channels, height, width = maps[-1].shape[1:]
        if channels * height * width != self.in_channels:
            raise ValueError(
                f'in_channels must be {channels} * {height} * {width}, the size of the last map for these images, '
                f'got {self.in_channels}: change in_channels or the size of the images.'
            )
        return ReIDFeatures(embedding=self.fc(maps[-1].flatten(1)))
