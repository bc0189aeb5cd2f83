"""The two features of HA-CNN."""

import torch
from mmengine.model import BaseModule
from torch.nn import functional as F

from mmvireid.models.layers import FCBlock, global_avg_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class HACNNNeck(BaseModule):
    """A global and a local feature (Li et al., Harmonious attention network, CVPR 2018).

    A fully connected layer of D follows the averaged global map, another the local features of all regions. Features:
    ``branches`` (B, 2, D), the two as their classifiers read them, and ``embedding`` (B, 2 * D), the two as one
    vector, each L2-normalized unless in training.

    Args:
        in_channels: Channels of both maps.
        num_regions: Regions of the local branch.
        out_channels: D.
    """

    def __init__(self, in_channels: int = 384, num_regions: int = 4, out_channels: int = 512) -> None:
        super().__init__()
        self.global_fc = FCBlock(in_channels, out_channels)
        self.local_fc = FCBlock(in_channels * num_regions, out_channels)

    def forward(self, maps: tuple[torch.Tensor, torch.Tensor]) -> ReIDFeatures:
        """The global map (B, C, h, w) and the local features (B, C, R, 1) of :class:`HACNN` -> features."""
        global_map, local = maps
        branches = torch.stack([self.global_fc(global_avg_pool(global_map)), self.local_fc(local.flatten(1))], dim=1)
        # In float32: float16 has no epsilon small enough.
        compared = branches if self.training else F.normalize(branches.float(), dim=2)
        return ReIDFeatures(branches=branches, embedding=compared.flatten(1))
