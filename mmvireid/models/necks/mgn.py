"""MGN: body parts of three granularities."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import PartReduction, global_max_pool, part_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class MGNNeck(BaseModule):
    """Globals and strips of MGN's three branches (Wang et al., 2018; HPILN, Sec. 3.1).

    The maps of all three branches are max-pooled globally, that of the second in two horizontal strips too, and that
    of the third in three. Each of the eight vectors has a 1x1 convolution, batch norm and ReLU of its own. Features:
    ``pooled`` (B, 3, C), the globals before them; ``parts`` (B, 5, D), the strips after them; ``embedding``
    (B, 8 * D), the three globals and the five strips after them.

    Args:
        in_channels: C of every map.
        out_channels: D.

    Raises:
        ValueError: The backbone gives another number of maps.
    """

    def __init__(self, in_channels: int = 2048, out_channels: int = 256) -> None:
        super().__init__()
        self.reduction = PartReduction(3 + 2 + 3, in_channels, out_channels)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        if len(maps) != 3:
            raise ValueError(f'MGNNeck reads the maps of three branches, got {len(maps)}: take the backbone MGN.')
        pooled = torch.stack([global_max_pool(feature_map) for feature_map in maps], dim=1)
        halves, thirds = (part_pool(maps[i], i + 1, global_max_pool) for i in (1, 2))
        reduced = self.reduction(torch.cat([pooled, halves, thirds], dim=1))
        return ReIDFeatures(pooled=pooled, parts=reduced[:, 3:], embedding=reduced.flatten(1))
