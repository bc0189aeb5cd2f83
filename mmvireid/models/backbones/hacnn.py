"""HA-CNN: a global branch with soft attention, and a local branch that follows learned regions."""

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.models.layers import global_avg_pool
from mmvireid.models.layers.harmonious_attention import HardAttention, SoftAttention, crop_regions
from mmvireid.models.layers.inception import Streams, conv_bn_relu
from mmvireid.registry import MODELS

NUM_REGIONS = 4
# Size of a region in the local branch, as a share of the stem's map: the paper has 24x28 of 80x32.
REGION_HEIGHT, REGION_WIDTH = 0.3, 0.875


@MODELS.register_module()
class HACNN(BaseModule):
    """Compute global and local maps with HA-CNN (Li et al., Harmonious attention network, CVPR 2018).

    The network has a stem and three stages of inception blocks, for images of 160x64. Each stage applies soft attention
    to its own map and places four regions on its input map. The local branch adds these regions to the local features
    of the stage before. All regions share the weights and the batch norm statistics of the local branch.

    Args:
        channels: Channels of the three stages, multiples of 16.
        stem_channels: Channels of the stem.

    Example:
        >>> backbone = HACNN(channels=(16, 16, 32), stem_channels=8)
        >>> global_map, local = backbone(torch.rand(2, 3, 64, 32))
        >>> global_map.shape, local.shape
        (torch.Size([2, 32, 4, 2]), torch.Size([2, 32, 4, 1]))
    """

    def __init__(self, channels: Sequence[int] = (128, 256, 384), stem_channels: int = 32) -> None:
        super().__init__()
        self.stem = conv_bn_relu(3, stem_channels, 3, stride=2)
        self.stages = nn.ModuleList(
            _HarmoniousStage(before, after)
            for before, after in zip((stem_channels, *channels[:-1]), channels, strict=True)
        )

    def imagenet_names(self) -> dict[str, str]:
        """Return no names: ImageNet weights of this network do not exist."""
        return {}

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Turn images (B, 3, H, W) into a global map (B, C, H / 16, W / 16) and region averages (B, C, 4, 1)."""
        x = self.stem(images)
        height, width = x.shape[2:]
        local = x.new_zeros(1, 1, round(REGION_HEIGHT * height), round(REGION_WIDTH * width))
        for stage in self.stages:
            x, local = stage(x, local)
        regions = global_avg_pool(local).unflatten(0, (-1, NUM_REGIONS))
        return x, regions.transpose(1, 2).unsqueeze(3)


class _HarmoniousStage(nn.Module):
    """Apply inception blocks A and B and harmonious attention, and one stage of the local branch.

    Args:
        in_channels: C, the channels of the input maps and of the input local features.
        out_channels: D, the channels of the output maps and of the output local features.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.inception = nn.Sequential(
            _inception_a(in_channels, out_channels), _inception_b(out_channels, out_channels)
        )
        self.soft_attention = SoftAttention(out_channels)
        self.hard_attention = HardAttention(out_channels, NUM_REGIONS)
        self.local = _inception_b(in_channels, out_channels)

    def forward(self, x: torch.Tensor, local: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the next maps and the next local features, both at half the size.

        Args:
            x: Maps (B, C, h, w).
            local: Local features (B * 4, C, k, l). The first stage gets zeros (1, 1, k, l).
        """
        after = self.inception(x)
        regions = crop_regions(x, self.hard_attention(after), local.shape[2:])
        return after * self.soft_attention(after), self.local(regions + local)


def _inception_a(in_channels: int, out_channels: int) -> Streams:
    """Build three 3x3 streams and a pooled stream, with a quarter of the channels each. The map keeps its size."""
    width = out_channels // 4
    convolutions = (nn.Sequential(conv_bn_relu(in_channels, width, 1), conv_bn_relu(width, width, 3)) for _ in range(3))
    pooled = nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), conv_bn_relu(in_channels, width, 1))
    return Streams([*convolutions, pooled])


def _inception_b(in_channels: int, out_channels: int) -> Streams:
    """Build three streams at half the map's size.

    Two streams have a quarter of the channels each, with one and with two 3x3 convolutions. A pooled stream has half.
    """
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
