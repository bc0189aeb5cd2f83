"""The attention of HA-CNN (Li et al., Harmonious attention network for person re-identification, CVPR 2018)."""

import torch
from torch import nn
from torch.nn import functional as F

from .fc_block import FCBlock
from .inception import conv_bn_relu
from .pooling import global_avg_pool

CHANNEL_REDUCTION = 16  # of the channel attention's hidden layer


class SpatialAttention(nn.Module):
    """One weight for each position (Sec. 3.1, part I): average over channels, 3x3 convolution, resize, scale."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = conv_bn_relu(1, 1, 3, stride=2)
        self.scale = conv_bn_relu(1, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps (B, C, h, w) -> (B, 1, h, w)."""
        averaged = x.mean(dim=1, keepdim=True)
        return self.scale(_resize(self.convolution(averaged), x.shape[2:]))


class ChannelAttention(nn.Module):
    """One weight for each channel (Sec. 3.1, part I): squeeze and excitation.

    Args:
        channels: C.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = FCBlock(channels, channels // CHANNEL_REDUCTION)
        self.excite = FCBlock(channels // CHANNEL_REDUCTION, channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps (B, C, h, w) -> (B, C, 1, 1), in the precision of the weights."""
        return self.excite(self.squeeze(global_avg_pool(x)))[:, :, None, None]


class SoftAttention(nn.Module):
    """One weight for each activation: spatial times channel attention, mixed by a 1x1 convolution, then a sigmoid.

    As published, the convolution's ReLU precedes the sigmoid: the weights lie in [0.5, 1].

    Args:
        channels: C.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.spatial = SpatialAttention()
        self.channel = ChannelAttention(channels)
        self.mix = conv_bn_relu(channels, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps (B, C, h, w) -> weights (B, C, h, w)."""
        spatial = self.spatial(x)
        return self.mix(spatial * self.channel(x).to(spatial.dtype)).sigmoid()


class HardAttention(nn.Module):
    """Where R regions lie (Sec. 3.1, part II): a translation of each, its scale is fixed (:func:`crop_regions`).

    At the start the regions are the same in every image, spread evenly from top to bottom.

    Args:
        channels: C.
        num_regions: R.
    """

    def __init__(self, channels: int, num_regions: int) -> None:
        super().__init__()
        self.fc = nn.Linear(channels, 2 * num_regions)
        nn.init.zeros_(self.fc.weight)
        centers = (2 * torch.arange(num_regions) + 1) / num_regions - 1
        self.fc.bias.data = torch.stack([torch.zeros(num_regions), centers], dim=1).flatten()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps (B, C, h, w) -> translations (x, y) in (-1, 1), the map's center being 0, (B, R, 2)."""
        with torch.autocast(x.device.type, enabled=False):
            return self.fc(global_avg_pool(x).to(self.fc.weight.dtype)).tanh().unflatten(1, (-1, 2))


def crop_regions(feature_map: torch.Tensor, translations: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Cut R regions of the whole width and 1 / R of the height out of every map.

    A region is sampled at the map's own resolution, then resized, bilinearly both (zeros beyond the map; corners
    aligned, as in the PyTorch of the time). Coordinates are float32 whatever the map's precision.

    Args:
        feature_map: (B, C, h, w).
        translations: Centers (x, y) of the regions, the map reaching from -1 to 1, (B, R, 2).
        size: Height and width of the result.

    Returns:
        (B * R, C, *size), the regions of an image one after the other.
    """
    batch, num_regions = translations.shape[:2]
    channels, height, width = feature_map.shape[1:]
    with torch.autocast(feature_map.device.type, enabled=False):
        theta = feature_map.new_zeros(batch, num_regions, 2, 3, dtype=torch.float32)
        theta[..., 0, 0] = 1
        theta[..., 1, 1] = 1 / num_regions
        theta[..., 2] = translations
        grid = F.affine_grid(theta.flatten(0, 1), (batch * num_regions, channels, height, width), align_corners=True)
        # All regions of an image in one tall grid: its map need not be repeated.
        regions = F.grid_sample(feature_map.float(), grid.view(batch, -1, width, 2), align_corners=True)
        regions = regions.unflatten(2, (num_regions, height)).transpose(1, 2).flatten(0, 1)
        return _resize(regions, size).to(feature_map.dtype)


def _resize(maps: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    return F.interpolate(maps, size, mode='bilinear', align_corners=True)
