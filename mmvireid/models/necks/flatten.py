"""A fully connected layer over a whole map."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import FCBlock
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class FlattenNeck(BaseModule):
    """``embedding`` (B, D) = a fully connected layer over all activations of the last map, as MuDeep has it.

    Args:
        in_channels: C * h * w of the last map, which depends on the image's size.
        out_channels: D.

    Raises:
        ValueError: The last map is of another size.
    """

    def __init__(self, in_channels: int = 256 * 16 * 8, out_channels: int = 4096) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.fc = FCBlock(in_channels, out_channels)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        channels, height, width = maps[-1].shape[1:]
        if channels * height * width != self.in_channels:
            raise ValueError(
                f'model.neck.in_channels must be {channels} * {height} * {width}, the size of the last map at this '
                f"size of images, got {self.in_channels}: set it, or the images' size."
            )
        return ReIDFeatures(embedding=self.fc(maps[-1].flatten(1)))
