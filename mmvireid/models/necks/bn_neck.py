"""Global pooling and a BN neck."""

from collections.abc import Mapping

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import GlobalPooling, build_bn_neck
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class GlobalBNNeck(BaseModule):
    """``pooled`` = the last map pooled over all positions, ``bn`` = batch norm of it; both (B, C).

    Args:
        in_channels: C, channels of the last map.
        shift: Learn the batch norm's shift.
        pooling, p, learn_p: See :class:`~mmvireid.models.layers.GlobalPooling`.
        maps: Names of the backbone's maps that are features too, (B, C, h, w), and which of them it is:
            ``dict(specific=0)`` hands on the first of several, -1 stands for the last.

    Raises:
        ValueError: A map has the name of another feature, or the backbone does not return it.
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
        self.maps = dict(maps or {})
        if taken := sorted(self.maps.keys() & {'pooled', 'bn'}):
            raise ValueError(f"model.neck.maps: {taken} are names of the neck's own features.")
        self.pool = GlobalPooling(pooling, p, learn_p)
        self.bn = build_bn_neck(in_channels, shift)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        for name, index in self.maps.items():
            if not -1 <= index < len(maps) - 1:
                raise ValueError(
                    f'model.neck.maps.{name}={index}, but the backbone returns {len(maps)} map(s) and the last is '
                    'pooled: add the layer to model.backbone.out_indices, or give -1 for the last.'
                )
        pooled = self.pool(maps[-1])
        handed_on = {name: maps[index].float() for name, index in self.maps.items()}
        return ReIDFeatures(pooled=pooled, bn=self.bn(pooled.to(self.bn.weight.dtype)), **handed_on)
