"""What inception-like networks are made of: parallel streams of small convolutions."""

import torch
from mmcv.cnn import ConvModule
from torch import nn


def conv_bn_relu(
    in_channels: int, out_channels: int, kernel_size: int | tuple[int, int], stride: int = 1
) -> ConvModule:
    """A convolution, padded to keep the map's size up to the stride, with batch norm and ReLU."""
    height, width = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    padding = (height // 2, width // 2)
    return ConvModule(in_channels, out_channels, kernel_size, stride, padding, norm_cfg=dict(type='BN'))


class Streams(nn.ModuleList):
    """Streams over the same map whose outputs are concatenated: (B, C, h, w) -> (B, sum of their channels, h', w')."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([stream(x) for stream in self], dim=1)
