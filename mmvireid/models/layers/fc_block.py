"""The fully connected layer of the Re-ID networks: Linear, batch norm, ReLU."""

import torch
from torch import nn


class FCBlock(nn.Module):
    """Linear without bias, batch norm and ReLU; on pooled features the same as a 1x1 convolution with the two.

    It ignores autocast and computes in the precision of its weights, as a metric loss may compare what it gives:
    float32, unless the whole model was cast.

    Args:
        in_channels: C.
        out_channels: D.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(in_channels, out_channels, bias=False)  # the batch norm has a shift
        self.bn = nn.BatchNorm1d(out_channels)
        nn.init.kaiming_normal_(self.linear.weight, nonlinearity='relu')

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Vectors (..., C) -> (..., D); the batch norm's statistics are over all of them."""
        with torch.autocast(x.device.type, enabled=False):
            x = self.linear(x.to(self.linear.weight.dtype))
            return self.bn(x.flatten(0, -2)).relu().view_as(x)
