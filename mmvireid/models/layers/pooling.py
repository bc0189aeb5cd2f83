"""Pooling of feature maps, in float32 whatever the maps' precision."""

import torch
import torch.nn.functional as F


def global_avg_pool(feature_map: torch.Tensor) -> torch.Tensor:
    """Average over all positions: (B, C, h, w) -> (B, C) float32."""
    return feature_map.mean(dim=(2, 3), dtype=torch.float32)


def part_avg_pool(feature_map: torch.Tensor, num_parts: int) -> torch.Tensor:
    """Average over each of P horizontal strips: (B, C, h, w) -> (B, P, C) float32.

    Strips that do not divide the height overlap by a row, as in adaptive pooling.
    """
    rows = feature_map.mean(dim=3, dtype=torch.float32)
    return F.adaptive_avg_pool1d(rows, num_parts).transpose(1, 2)
