"""HA-CNN: a global branch with soft attention, and a local one that follows learned regions."""

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.models.layers import global_avg_pool
from mmvireid.models.layers.harmonious_attention import HardAttention, SoftAttention, crop_regions
from mmvireid.models.layers.inception import Streams, conv_bn_relu
from mmvireid.registry import MODELS

NUM_REGIONS = 4
# Size of a region in the local branch, of the stem's map: 24x28 of 80x32 as published.
REGION_HEIGHT, REGION_WIDTH = 0.3, 0.875


@MODELS.register_module()
class HACNN(BaseModule):
    """Harmonious Attention CNN (Li et al., Harmonious attention network for person re-identification, CVPR 2018).

    A stem and three stages of inception blocks, for images of 160x64. Each stage weights its map softly, and moves
    four regions over the map it got; these and the stage before's local features feed the local branch, whose
    weights serve all regions. Its batch norms, too, see all regions together.

    Args:
        channels: Channels of the three stages, multiples of 16.
        stem_channels: Channels of the stem.
    """

    def __init__(self, channels: Sequence[int] = (128, 256, 384), stem_channels: int = 32) -> None:
        super().__init__()
        self.stem = conv_bn_relu(3, stem_channels, 3, stride=2)
        self.stages = nn.ModuleList(
            HarmoniousStage(before, after)
            for before, after in zip((stem_channels, *channels[:-1]), channels, strict=True)
        )

    def imagenet_names(self) -> dict[str, str]:
        """No ImageNet weights have this shape."""
        return {}

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Images (B, 3, H, W) -> the global map (B, C, H / 16, W / 16), and the average of each region (B, C, 4, 1)."""
        x = self.stem(images)
        height, width = x.shape[2:]
        local = x.new_zeros(1, 1, round(REGION_HEIGHT * height), round(REGION_WIDTH * width))
        for stage in self.stages:
            x, local = stage(x, local)
        regions = global_avg_pool(local).unflatten(0, (-1, NUM_REGIONS))
        return x, regions.transpose(1, 2).unsqueeze(3)


class HarmoniousStage(nn.Module):
    """Inception blocks A and B and harmonious attention, with their part of the local branch.

    Args:
        in_channels: C of the maps and the local features that come.
        out_channels: D of those that go.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.inception = nn.Sequential(inception_a(in_channels, out_channels), inception_b(out_channels, out_channels))
        self.soft_attention = SoftAttention(out_channels)
        self.hard_attention = HardAttention(out_channels, NUM_REGIONS)
        self.local = inception_b(in_channels, out_channels)

    def forward(self, x: torch.Tensor, local: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the next maps and local features, each at half the size.

        Args:
            x: Maps (B, C, h, w).
            local: Local features (B * 4, C, k, l); zeros that broadcast at the first stage.
        """
        after = self.inception(x)
        regions = crop_regions(x, self.hard_attention(after), local.shape[2:])
        return after * self.soft_attention(after), self.local(regions + local)


def inception_a(in_channels: int, out_channels: int) -> Streams:
    """Three 3x3 streams and a pooled one, of a quarter of the channels each; the map keeps its size."""
    width = out_channels // 4
    convolutions = (nn.Sequential(conv_bn_relu(in_channels, width, 1), conv_bn_relu(width, width, 3)) for _ in range(3))
    pooled = nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), conv_bn_relu(in_channels, width, 1))
    return Streams([*convolutions, pooled])


def inception_b(in_channels: int, out_channels: int) -> Streams:
    """A 3x3 stream, one of two 3x3 convolutions, and a pooled one of half the channels, at half the map's size."""
    width = out_channels // 4
    return Streams(
        [
            nn.Sequential(conv_bn_relu(in_channels, width, 1), conv_bn_relu(width, width, 3, stride=2)),
            nn.Sequential(
                conv_bn_relu(in_channels, width, 1),
                conv_bn_relu(width, width, 3),
                conv_bn_relu(width, width, 3, stride=2),
            ),
            nn.Sequential(nn.MaxPool2d(3, stride=2, padding=1), conv_bn_relu(in_channels, 2 * width, 1)),
        ]
    )
