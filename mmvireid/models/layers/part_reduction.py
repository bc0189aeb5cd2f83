"""A short vector for each body part."""

import math

import torch
from torch import nn


class PartReduction(nn.Module):
    """Reduce each part feature with its own 1x1 convolution, batch norm and ReLU (HcTri, Sec. III-B).

    On pooled parts the P convolutions are one batched matrix product. The P batch norms are one batch norm of P * D
    features.

    Losses compare the output. The layer therefore ignores autocast and computes in the precision of its weights:
    float32, unless the whole model was cast.

    Args:
        num_parts: P.
        in_channels: C.
        out_channels: D.

    Example:
        >>> reduction = PartReduction(num_parts=2, in_channels=1, out_channels=1).eval()
        >>> reduction.weight.data = torch.tensor([3.0, 10.0]).view(2, 1, 1)
        >>> [round(number, 3) for number in reduction(torch.ones(1, 2, 1)).flatten().tolist()]
        [3.0, 10.0]
    """

    def __init__(self, num_parts: int, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_parts, in_channels, out_channels))
        self.bn = nn.BatchNorm1d(num_parts * out_channels)
        nn.init.normal_(self.weight, std=math.sqrt(2 / in_channels))  # He et al., 2015, by the number of inputs

    def forward(self, parts: torch.Tensor) -> torch.Tensor:
        """Reduce part features (B, P, C) to (B, P, D)."""
        with torch.autocast(parts.device.type, enabled=False):
            reduced = torch.einsum('bpc,pcd->bpd', parts.to(self.weight.dtype), self.weight)
            return self.bn(reduced.flatten(1)).relu().view_as(reduced)
