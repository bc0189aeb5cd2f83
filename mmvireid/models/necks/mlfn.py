"""Fusion of appearance and factor signature (MLFN)."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import FCBlock, global_avg_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class MLFNNeck(BaseModule):
    """Average the appearance x and the factor signature s (Chang et al., Multi-level factorization net, CVPR 2018).

    x is the averaged last map after a fully connected layer. s is the vector of all blocks' gates after another one.

    Feature: ``embedding`` (B, D) = (x + s) / 2.

    Args:
        in_channels: Channels of the last map.
        num_gates: Number of gates, equal to ``num_gates`` of the backbone: 16 times its groups.
        out_channels: D.

    Raises:
        ValueError: The backbone returns another number of gates.

    Example:
        >>> neck = MLFNNeck(in_channels=8, num_gates=64, out_channels=5)
        >>> neck((torch.rand(2, 8, 4, 2), torch.rand(2, 64, 1, 1)))
        ReIDFeatures(embedding=(2, 5))
    """

    def __init__(self, in_channels: int = 2048, num_gates: int = 512, out_channels: int = 1024) -> None:
        super().__init__()
        self.num_gates = num_gates
        self.appearance = FCBlock(in_channels, out_channels)
        self.signature = FCBlock(num_gates, out_channels)

    def forward(self, maps: tuple[torch.Tensor, torch.Tensor]) -> ReIDFeatures:
        """Turn the last map (B, C, h, w) and the gates (B, G, 1, 1) of :class:`MLFN` into features."""
        last_map, gates = maps
        if gates.shape[1] != self.num_gates:
            raise ValueError(
                f'num_gates must be {gates.shape[1]}, the number of gates of the backbone, got {self.num_gates}.'
            )
        appearance, signature = self.appearance(global_avg_pool(last_map)), self.signature(gates.flatten(1))
        return ReIDFeatures(embedding=(appearance + signature) / 2)
