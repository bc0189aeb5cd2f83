"""Global pooling of the last map and a BN neck."""

from collections.abc import Mapping

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import GlobalPooling, build_bn_neck
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures

from .map_selection import MapSelection


@MODELS.register_module()
class GlobalBNNeck(BaseModule):
    """Pool the last map over all positions and apply a BN neck.

    Features: ``pooled`` (B, C) is the pooled map, and ``bn`` (B, C) is its batch normalization.

    Args:
        in_channels: C, the channels of the last map.
        shift: Learn the shift of the batch norm.
        pooling, p, learn_p: See :class:`~mmvireid.models.layers.GlobalPooling`.
        maps: Maps that are features too, see :class:`MapSelection`. ``dict(specific=0)`` adds the first map.

    Raises:
        ValueError: A map has the name of another feature, or the backbone does not return the map.

    Example:
        >>> neck = GlobalBNNeck(in_channels=8, pooling='gem', p=3.0)
        >>> neck((torch.rand(2, 8, 4, 2),))
        ReIDFeatures(pooled=(2, 8), bn=(2, 8))
    """

    def __init__(
        self,
        in_channels: int,
        shift: bool = False,
        pooling: str = 'avg',
        p: float = 3.0,
        learn_p: bool = False,
        maps: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__()
        self.select_maps = MapSelection(maps, taken=['pooled', 'bn'])
        self.pool = GlobalPooling(pooling, p, learn_p)
        self.bn = build_bn_neck(in_channels, shift)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        pooled = self.pool(maps[-1])
        return ReIDFeatures(pooled=pooled, bn=self.bn(pooled.to(self.bn.weight.dtype)), **self.select_maps(maps))
