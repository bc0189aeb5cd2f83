"""A ResNet that returns its mid-level maps."""

import torch
from mmpretrain.models import ResNet

from mmvireid.registry import MODELS


@MODELS.register_module()
class ResNetMid(ResNet):
    """A ResNet that returns what every block of its last layer gives, first to last (Res-Mid; HPILN, Sec. 3.1).

    The tensors are those of the plain ResNet, and so are the pretrained weights.

    Args:
        depth: 18, 34, 50, 101 or 152.
        options: Any other argument of ``mmpretrain.ResNet`` but ``out_indices``.

    Raises:
        ValueError: ``out_indices`` is given.
    """

    def __init__(self, depth: int, **options) -> None:
        if 'out_indices' in options:
            raise ValueError('ResNetMid returns all blocks of its last layer: leave out_indices out of its config.')
        super().__init__(depth, **options)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Images (B, 3, H, W) -> one map (B, C, h, w) for each block of the last layer."""
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
