"""MLFN's fusion of appearance and factor signature."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import FCBlock, global_avg_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class MLFNNeck(BaseModule):
    """``embedding`` (B, D) = (x + s) / 2 (Chang et al., Multi-level factorization net, CVPR 2018).

    x is the averaged last map and s the factor signature, the gates of all blocks, each through a fully connected
    layer of D.

    Args:
        in_channels: Channels of the last map.
        num_gates: Length of the factor signature, the backbone's ``num_gates``: 16 times its groups.
        out_channels: D.

    Raises:
        ValueError: The backbone gives another number of gates.
    """

    def __init__(self, in_channels: int = 2048, num_gates: int = 512, out_channels: int = 1024) -> None:
        super().__init__()
        self.num_gates = num_gates
        self.appearance = FCBlock(in_channels, out_channels)
        self.signature = FCBlock(num_gates, out_channels)

    def forward(self, maps: tuple[torch.Tensor, torch.Tensor]) -> ReIDFeatures:
        """The last map (B, C, h, w) and the gates (B, G, 1, 1) of :class:`MLFN` -> features."""
        last_map, gates = maps
        if gates.shape[1] != self.num_gates:
            raise ValueError(
                f'model.neck.num_gates must be {gates.shape[1]}, the gates of model.backbone, got {self.num_gates}.'
            )
        appearance, signature = self.appearance(global_avg_pool(last_map)), self.signature(gates.flatten(1))
        return ReIDFeatures(embedding=(appearance + signature) / 2)
