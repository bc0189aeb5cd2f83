"""The pieces of inception-like networks: small convolutions in parallel streams."""

import torch
from mmcv.cnn import ConvModule
from torch import nn


def conv_bn_relu(
    in_channels: int, out_channels: int, kernel_size: int | tuple[int, int], stride: int = 1
) -> ConvModule:
    """Build a convolution with batch norm and ReLU. With stride 1 and an odd kernel the map keeps its size.

    Example:
        >>> conv_bn_relu(3, 8, kernel_size=3, stride=2)(torch.rand(2, 3, 16, 8)).shape
        torch.Size([2, 8, 8, 4])
    """
    height, width = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    padding = (height // 2, width // 2)
    return ConvModule(in_channels, out_channels, kernel_size, stride, padding, norm_cfg=dict(type='BN'))


class Streams(nn.ModuleList):
    """Apply several streams to the same map and concatenate their outputs over the channels.

    Example:
        >>> streams = Streams([nn.Identity(), conv_bn_relu(3, 5, kernel_size=1)])
        >>> streams(torch.rand(2, 3, 4, 2)).shape
        torch.Size([2, 8, 4, 2])
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Turn maps (B, C, h, w) into maps (B, sum of the streams' channels, h', w')."""
        return torch.cat([stream(x) for stream in self], dim=1)
