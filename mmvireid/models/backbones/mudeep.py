"""MuDeep: streams of several receptive fields, merged by learned weights."""

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.models.layers.inception import Streams, conv_bn_relu
from mmvireid.registry import MODELS


@MODELS.register_module()
class MuDeep(BaseModule):
    """Multi-scale deep network (Qian et al., Multi-scale deep learning architectures for person re-identification,
    ICCV 2017).

    Two convolutions at full resolution, multi-scale layer A, a reduction, multi-scale layer B, and the weighted sum of
    the latter's four streams, one learned weight for each stream and channel (Sec. 3.2). The average pooling that
    follows is the published code's. Images of 256x128 give a map of 16x8.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_bn_relu(3, 48, 3), conv_bn_relu(48, 96, 3), nn.MaxPool2d(3, stride=2, padding=1))
        self.multi_scale_a = multi_scale_a()
        self.reduction = reduction()
        self.multi_scale_b = multi_scale_b()
        self.stream_weights = nn.Parameter(torch.rand(4, 256, 1, 1))
        self.pool = nn.AvgPool2d(4)

    def imagenet_names(self) -> dict[str, str]:
        """No ImageNet weights have this shape."""
        return {}

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor]:
        """Images (B, 3, H, W) -> the merged map (B, 256, H / 16, W / 16)."""
        x = self.reduction(self.multi_scale_a(self.stem(images)))
        # Pooled before they are weighted: the same, on a sixteenth of the positions.
        streams = [self.pool(stream(x)) for stream in self.multi_scale_b]
        return (sum(weights * maps for weights, maps in zip(self.stream_weights, streams, strict=True)),)


def multi_scale_a() -> Streams:
    """Multi-scale stream layer A: 96 channels -> 4 x 24."""
    return Streams(
        [
            nn.Sequential(conv_bn_relu(96, 96, 1), conv_bn_relu(96, 24, 3)),
            nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), conv_bn_relu(96, 24, 1)),
            conv_bn_relu(96, 24, 1),
            nn.Sequential(conv_bn_relu(96, 16, 1), conv_bn_relu(16, 24, 3), conv_bn_relu(24, 24, 3)),
        ]
    )


def reduction() -> Streams:
    """Reduction layer: 96 channels -> 96 + 96 + 64 at half the map's size."""
    return Streams(
        [
            nn.MaxPool2d(3, stride=2, padding=1),
            conv_bn_relu(96, 96, 3, stride=2),
            nn.Sequential(conv_bn_relu(96, 48, 1), conv_bn_relu(48, 56, 3), conv_bn_relu(56, 64, 3, stride=2)),
        ]
    )


def multi_scale_b() -> nn.ModuleList:
    """Multi-scale stream layer B: 256 channels -> four streams of 256, which are merged, not concatenated."""
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
