"""A short vector for each body part."""

import math

import torch
from torch import nn


class PartReduction(nn.Module):
    """Reduce part features by an unshared 1x1 convolution, batch norm and ReLU for each part (HcTri, Sec. III-B).

    On pooled parts the P convolutions are one batched matrix product, and the P batch norms one of P * D features.
    It ignores autocast and computes in the precision of its weights, as metric losses compare what it gives: float32,
    unless the whole model was cast.

    Args:
        num_parts: P.
        in_channels: C.
        out_channels: D.
    """

    def __init__(self, num_parts: int, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_parts, in_channels, out_channels))
        self.bn = nn.BatchNorm1d(num_parts * out_channels)
        nn.init.normal_(self.weight, std=math.sqrt(2 / in_channels))  # He et al., 2015, by the inputs

    def forward(self, parts: torch.Tensor) -> torch.Tensor:
        """Part features (B, P, C) -> (B, P, D)."""
        with torch.autocast(parts.device.type, enabled=False):
            reduced = torch.einsum('bpc,pcd->bpd', parts.to(self.weight.dtype), self.weight)
            return self.bn(reduced.flatten(1)).relu().view_as(reduced)
