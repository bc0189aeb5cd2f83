"""The fully connected layer of the re-identification networks: Linear, batch norm and ReLU."""

import torch
from torch import nn


class FCBlock(nn.Module):
    """Apply Linear without bias, batch norm and ReLU.

    On pooled features this equals a 1x1 convolution, batch norm and ReLU.

    Losses may compare the output. The block therefore ignores autocast and computes in the precision of its weights:
    float32, unless the whole model was cast.

    Args:
        in_channels: C.
        out_channels: D.

    Example:
        >>> block = FCBlock(in_channels=2, out_channels=1).eval()
        >>> _ = nn.init.ones_(block.linear.weight)
        >>> round(block(torch.tensor([[1.0, 2.0]])).item(), 3)
        3.0
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(in_channels, out_channels, bias=False)  # the batch norm has a shift
        self.bn = nn.BatchNorm1d(out_channels)
        nn.init.kaiming_normal_(self.linear.weight, nonlinearity='relu')

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Turn vectors (..., C) into vectors (..., D); the batch norm takes its statistics over all vectors."""
        with torch.autocast(x.device.type, enabled=False):
            x = self.linear(x.to(self.linear.weight.dtype))
            return self.bn(x.flatten(0, -2)).relu().view_as(x)
