"""One erased box for the maps of a whole batch."""

import torch
from torch import nn


class BatchErasing(nn.Module):
    """Set the same box to zero in all maps of a batch while training (BFE, Dai et al., 2018; later called BDB).

    The box has round(height_ratio * h) rows and round(width_ratio * w) columns. Each batch gets a new random place for
    the box. All places where the box fits are equally likely. Torch's CPU generator draws the place.

    Args:
        height_ratio: Share of the rows, 0-1.
        width_ratio: Share of the columns, 0-1.

    Raises:
        ValueError: A ratio is not between 0 and 1.

    Example:
        >>> erasing = BatchErasing(height_ratio=0.5, width_ratio=1.0)
        >>> maps = torch.ones(1, 1, 4, 3)
        >>> erasing(maps).sum().item()
        6.0
        >>> erasing.eval()(maps).sum().item()
        12.0
    """

    def __init__(self, height_ratio: float, width_ratio: float) -> None:
        super().__init__()
        for name, ratio in (('height_ratio', height_ratio), ('width_ratio', width_ratio)):
            if not 0 <= ratio <= 1:
                raise ValueError(f'{name} must be between 0 and 1, got {ratio}.')
        self.height_ratio = height_ratio
        self.width_ratio = width_ratio

    def forward(self, feature_map: torch.Tensor) -> torch.Tensor:
        """Erase a box of maps (B, C, h, w); in eval mode return the maps unchanged."""
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
