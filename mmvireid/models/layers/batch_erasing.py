"""One erased box for the maps of a whole batch."""

import torch
from torch import nn


class BatchErasing(nn.Module):
    """Set the same box of all maps of a batch to zero while training (BFE, Dai et al., 2018; later called BDB).

    The box has round(height_ratio * h) rows and round(width_ratio * w) columns, at a place drawn anew for each batch,
    uniformly from all where it fits, by torch's CPU generator.

    Args:
        height_ratio: Share of the rows, 0-1.
        width_ratio: Share of the columns, 0-1.

    Raises:
        ValueError: A ratio is not within 0-1.
    """

    def __init__(self, height_ratio: float, width_ratio: float) -> None:
        super().__init__()
        for name, ratio in (('height_ratio', height_ratio), ('width_ratio', width_ratio)):
            if not 0 <= ratio <= 1:
                raise ValueError(f'model.neck.{name} must be 0 to 1, got {ratio}.')
        self.height_ratio = height_ratio
        self.width_ratio = width_ratio

    def forward(self, feature_map: torch.Tensor) -> torch.Tensor:
        """Maps (B, C, h, w) -> maps of the same shape; in eval mode the very same."""
        if not self.training:
            return feature_map
        height, width = feature_map.shape[2:]
        rows, columns = round(self.height_ratio * height), round(self.width_ratio * width)
        top, left = (int(torch.randint(places, ())) for places in (height - rows + 1, width - columns + 1))
        erased = feature_map.clone()
        erased[:, :, top : top + rows, left : left + columns] = 0
        return erased

    def extra_repr(self) -> str:
        return f'height_ratio={self.height_ratio}, width_ratio={self.width_ratio}'
