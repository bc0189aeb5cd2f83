"""MuDeep: streams with several receptive fields, and their weighted sum."""

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.models.layers.inception import Streams, conv_bn_relu
from mmvireid.registry import MODELS


@MODELS.register_module()
class MuDeep(BaseModule):
    """Compute a multi-scale map with MuDeep (Qian et al., Multi-scale deep learning architectures, ICCV 2017).

    The network has two convolutions at full resolution, multi-scale layer A, a reduction and multi-scale layer B. A
    weighted sum merges the four streams of layer B, with one learned weight for each stream and channel (Sec. 3.2).
    Average pooling follows, as in the published code. Images of 256x128 give a map of 16x8.

    Example:
        >>> (merged,) = MuDeep()(torch.rand(2, 3, 32, 16))
        >>> merged.shape
        torch.Size([2, 256, 2, 1])
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_bn_relu(3, 48, 3), conv_bn_relu(48, 96, 3), nn.MaxPool2d(3, stride=2, padding=1))
        self.multi_scale_a = _multi_scale_a()
        self.reduction = _reduction()
        self.multi_scale_b = _multi_scale_b()
        self.stream_weights = nn.Parameter(torch.rand(4, 256, 1, 1))
        self.pool = nn.AvgPool2d(4)

    def imagenet_names(self) -> dict[str, str]:
        """Return no names: ImageNet weights of this network do not exist."""
        return {}

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor]:
        """Turn images (B, 3, H, W) into the merged map (B, 256, H / 16, W / 16)."""
        x = self.reduction(self.multi_scale_a(self.stem(images)))
        # Pooling and weighting commute. Pooling first leaves a sixteenth of the positions.
        streams = [self.pool(stream(x)) for stream in self.multi_scale_b]
        return (sum(weights * maps for weights, maps in zip(self.stream_weights, streams, strict=True)),)


def _multi_scale_a() -> Streams:
    """Build multi-scale layer A: four streams from 96 channels to 24 each."""
    return Streams(
        [
            nn.Sequential(conv_bn_relu(96, 96, 1), conv_bn_relu(96, 24, 3)),
            nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), conv_bn_relu(96, 24, 1)),
            conv_bn_relu(96, 24, 1),
            nn.Sequential(conv_bn_relu(96, 16, 1), conv_bn_relu(16, 24, 3), conv_bn_relu(24, 24, 3)),
        ]
    )


def _reduction() -> Streams:
    """Build the reduction layer: three streams from 96 channels to 96, 96 and 64, at half the map's size."""
    return Streams(
        [
            nn.MaxPool2d(3, stride=2, padding=1),
            conv_bn_relu(96, 96, 3, stride=2),
            nn.Sequential(conv_bn_relu(96, 48, 1), conv_bn_relu(48, 56, 3), conv_bn_relu(56, 64, 3, stride=2)),
        ]
    )


def _multi_scale_b() -> nn.ModuleList:
    """Build multi-scale layer B: four streams of 256 channels, which MuDeep sums up instead of concatenating them."""
    return nn.ModuleList(
        [
            nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), conv_bn_relu(256, 256, 1)),
            nn.Sequential(conv_bn_relu(256, 64, 1), conv_bn_relu(64, 128, (1, 3)), conv_bn_relu(128, 256, (3, 1))),
            conv_bn_relu(256, 256, 1),
            nn.Sequential(
                conv_bn_relu(256, 64, 1),
                conv_bn_relu(64, 64, (1, 3)),
                conv_bn_relu(64, 128, (3, 1)),
                conv_bn_relu(128, 128, (1, 3)),
                conv_bn_relu(128, 256, (3, 1)),
            ),
        ]
    )
