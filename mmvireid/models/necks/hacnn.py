"""The global feature and the local feature of HA-CNN."""

import torch
from mmengine.model import BaseModule
from torch.nn import functional as F

from mmvireid.models.layers import FCBlock, global_avg_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class HACNNNeck(BaseModule):
    """Compute a global and a local feature (Li et al., Harmonious attention network, CVPR 2018).

    One fully connected layer reads the averaged global map. Another one reads the local features of all regions.

    Features: ``branches`` (B, 2, D) is the input of the two classifiers. ``embedding`` (B, 2 * D) joins the two
    vectors; at test time each of the two is L2-normalized first.

    Args:
        in_channels: Channels of both maps.
        num_regions: Number of regions in the local branch.
        out_channels: D.

    Example:
        >>> neck = HACNNNeck(in_channels=8, num_regions=4, out_channels=3)
        >>> neck((torch.rand(2, 8, 4, 2), torch.rand(2, 8, 4, 1)))
        ReIDFeatures(branches=(2, 2, 3), embedding=(2, 6))
    """

    def __init__(self, in_channels: int = 384, num_regions: int = 4, out_channels: int = 512) -> None:
        super().__init__()
        self.global_fc = FCBlock(in_channels, out_channels)
        self.local_fc = FCBlock(in_channels * num_regions, out_channels)

    def forward(self, maps: tuple[torch.Tensor, torch.Tensor]) -> ReIDFeatures:
        """Turn the global map (B, C, h, w) and the local features (B, C, R, 1) of :class:`HACNN` into features."""
        global_map, local = maps
        branches = torch.stack([self.global_fc(global_avg_pool(global_map)), self.local_fc(local.flatten(1))], dim=1)
        # float16 cannot represent the epsilon of the normalization.
        compared = branches if self.training else F.normalize(branches.float(), dim=2)
        return ReIDFeatures(branches=branches, embedding=compared.flatten(1))
