"""The attention of HA-CNN (Li et al., Harmonious attention network for person re-identification, CVPR 2018)."""

import torch
from torch import nn
from torch.nn import functional as F

from .fc_block import FCBlock
from .inception import conv_bn_relu
from .pooling import global_avg_pool

CHANNEL_REDUCTION = 16  # of the hidden layer in the channel attention


class SoftAttention(nn.Module):
    """Compute one weight for each activation.

    A 1x1 convolution mixes the product of spatial and channel attention, and a sigmoid follows. As published, a ReLU
    stands between the convolution and the sigmoid, so all weights lie in [0.5, 1].

    Args:
        channels: C.

    Example:
        >>> weights = SoftAttention(channels=16)(torch.rand(2, 16, 8, 4))
        >>> weights.shape, bool((weights >= 0.5).all())
        (torch.Size([2, 16, 8, 4]), True)
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.spatial = _SpatialAttention()
        self.channel = _ChannelAttention(channels)
        self.mix = conv_bn_relu(channels, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute weights (B, C, h, w) of maps (B, C, h, w)."""
        spatial = self.spatial(x)
        return self.mix(spatial * self.channel(x).to(spatial.dtype)).sigmoid()


class _SpatialAttention(nn.Module):
    """Compute one weight for each position (Sec. 3.1, part I).

    The steps are an average over the channels, a 3x3 convolution, a resize, and a 1x1 convolution.
    """

    def __init__(self) -> None:
        super().__init__()
        self.convolution = conv_bn_relu(1, 1, 3, stride=2)
        self.scale = conv_bn_relu(1, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute weights (B, 1, h, w) of maps (B, C, h, w)."""
        averaged = x.mean(dim=1, keepdim=True)
        return self.scale(_resize(self.convolution(averaged), x.shape[2:]))


class _ChannelAttention(nn.Module):
    """Compute one weight for each channel by squeeze and excitation (Sec. 3.1, part I).

    Args:
        channels: C.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = FCBlock(channels, channels // CHANNEL_REDUCTION)
        self.excite = FCBlock(channels // CHANNEL_REDUCTION, channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute weights (B, C, 1, 1) of maps (B, C, h, w), in the precision of the layer's parameters."""
        return self.excite(self.squeeze(global_avg_pool(x)))[:, :, None, None]


class HardAttention(nn.Module):
    """Predict the centers of R regions (Sec. 3.1, part II). :func:`crop_regions` sets their fixed size.

    At the start the centers are the same in every image, in even steps from top to bottom.

    Args:
        channels: C.
        num_regions: R.

    Example:
        >>> centers = HardAttention(channels=8, num_regions=2)(torch.rand(1, 8, 6, 3))
        >>> [[round(number, 3) for number in center] for center in centers[0].tolist()]
        [[0.0, -0.462], [0.0, 0.462]]
    """

    def __init__(self, channels: int, num_regions: int) -> None:
        super().__init__()
        self.fc = nn.Linear(channels, 2 * num_regions)
        nn.init.zeros_(self.fc.weight)
        centers = (2 * torch.arange(num_regions) + 1) / num_regions - 1
        self.fc.bias.data = torch.stack([torch.zeros(num_regions), centers], dim=1).flatten()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Predict centers (x, y) in (-1, 1), (B, R, 2), from maps (B, C, h, w). (0, 0) is the center of the map."""
        with torch.autocast(x.device.type, enabled=False):
            return self.fc(global_avg_pool(x).to(self.fc.weight.dtype)).tanh().unflatten(1, (-1, 2))


def crop_regions(feature_map: torch.Tensor, translations: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Cut R regions out of every map. A region has the map's width and 1 / R of its height.

    A region is sampled at the resolution of the map and then resized. Both steps are bilinear with aligned corners, as
    in the PyTorch versions of that time. Positions outside the map are zero. Coordinates are float32 for maps of any
    precision.

    Args:
        feature_map: (B, C, h, w).
        translations: Centers (x, y) of the regions, (B, R, 2). The map reaches from -1 to 1.
        size: Height and width of the result.

    Returns:
        (B * R, C, *size). The regions of one image follow each other.

    Example:
        >>> rows = torch.arange(4.0).view(1, 1, 4, 1).expand(1, 1, 4, 2)
        >>> centers = torch.tensor([[[0.0, -0.5], [0.0, 0.5]]])
        >>> crop_regions(rows, centers, size=(2, 2)).flatten(1).tolist()
        [[0.0, 0.0, 1.5, 1.5], [1.5, 1.5, 3.0, 3.0]]
    """
    batch, num_regions = translations.shape[:2]
    channels, height, width = feature_map.shape[1:]
    with torch.autocast(feature_map.device.type, enabled=False):
        theta = feature_map.new_zeros(batch, num_regions, 2, 3, dtype=torch.float32)
        theta[..., 0, 0] = 1
        theta[..., 1, 1] = 1 / num_regions
        theta[..., 2] = translations
        grid = F.affine_grid(theta.flatten(0, 1), (batch * num_regions, channels, height, width), align_corners=True)
        # One tall grid holds all regions of an image, so its map is not copied R times.
        regions = F.grid_sample(feature_map.float(), grid.view(batch, -1, width, 2), align_corners=True)
        regions = regions.unflatten(2, (num_regions, height)).transpose(1, 2).flatten(0, 1)
        return _resize(regions, size).to(feature_map.dtype)


def _resize(maps: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    return F.interpolate(maps, size, mode='bilinear', align_corners=True)
