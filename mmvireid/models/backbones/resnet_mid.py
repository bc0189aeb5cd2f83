"""A ResNet that returns its mid-level maps."""

import torch
from mmpretrain.models import ResNet

from mmvireid.registry import MODELS


@MODELS.register_module()
class ResNetMid(ResNet):
    """Return the map of every block in a ResNet's last layer, in order (Res-Mid; HPILN, Sec. 3.1).

    The tensors have the names and shapes of the plain ResNet, so its pretrained weights fit.

    Args:
        depth: 18, 34, 50, 101 or 152.
        options: Any other argument of ``mmpretrain.ResNet`` except ``out_indices``.

    Raises:
        ValueError: ``out_indices`` is given.

    Example:
        >>> backbone = ResNetMid(depth=50, base_channels=8, stem_channels=8)
        >>> [tuple(feature_map.shape) for feature_map in backbone(torch.rand(2, 3, 64, 32))]
        [(2, 256, 2, 1), (2, 256, 2, 1), (2, 256, 2, 1)]
    """

    def __init__(self, depth: int, **options) -> None:
        if 'out_indices' in options:
            raise ValueError('out_indices must not be given: ResNetMid returns all blocks of its last layer.')
        super().__init__(depth, **options)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Turn images (B, 3, H, W) into one map (B, C, h, w) for each block of the last layer."""
        x = self.stem(images) if self.deep_stem else self.relu(self.norm1(self.conv1(images)))
        x = self.maxpool(x)
        *layers, last = (getattr(self, name) for name in self.res_layers)
        for layer in layers:
            x = layer(x)
        maps = []
        for block in last:
            x = block(x)
            maps.append(x)
        return tuple(maps)
