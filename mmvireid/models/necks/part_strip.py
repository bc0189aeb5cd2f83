"""One feature for each horizontal strip of the body."""

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import GlobalPooling, PartReduction, part_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class PartStripNeck(BaseModule):
    """Compute one feature for each horizontal strip of the last map (HcTri, Sec. III-B).

    The last map is cut into P strips. Each strip is pooled to C numbers, and its own layers reduce them to D.

    Features: ``parts`` (B, P, D), and ``concatenated`` (B, P * D), the paper's global feature and test feature.

    Args:
        in_channels: C, the channels of the last map.
        num_parts: P. If P does not divide the height of the map, neighboring strips may share a row.
        out_channels: D.
        pooling, p, learn_p: See :class:`~mmvireid.models.layers.GlobalPooling`.

    Example:
        >>> neck = PartStripNeck(in_channels=8, num_parts=6, out_channels=3)
        >>> neck((torch.rand(2, 8, 18, 9),))
        ReIDFeatures(parts=(2, 6, 3), concatenated=(2, 18))
    """

    def __init__(
        self,
        in_channels: int,
        num_parts: int = 6,
        out_channels: int = 256,
        pooling: str = 'gem',
        p: float = 3.0,
        learn_p: bool = False,
    ) -> None:
        super().__init__()
        self.num_parts = num_parts
        self.pool = GlobalPooling(pooling, p, learn_p)
        self.reduction = PartReduction(num_parts, in_channels, out_channels)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        parts = self.reduction(part_pool(maps[-1], self.num_parts, self.pool))
        return ReIDFeatures(parts=parts, concatenated=parts.flatten(1))
