"""Global pooling of the last map."""

from collections.abc import Mapping

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import GlobalPooling
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class GlobalPoolingNeck(BaseModule):
    """Pool the last map over all positions into one feature (B, C).

    Args:
        pooling, p, learn_p: See :class:`~mmvireid.models.layers.GlobalPooling`.
        feature: Name of the pooled feature: ``'pooled'``, or ``'embedding'`` where the paper says so (HPILN).
        maps: Names of the backbone's maps that are features too, (B, C, h, w), and their places in the backbone's
            output: ``dict(map=-1)`` hands on the last map (DSCSN + CCN, Sec. III).
    """

    def __init__(
        self,
        pooling: str = 'avg',
        p: float = 3.0,
        learn_p: bool = False,
        feature: str = 'pooled',
        maps: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__()
        self.pool = GlobalPooling(pooling, p, learn_p)
        self.feature = feature
        self.maps = dict(maps or {})

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        handed_on = {name: maps[index].float() for name, index in self.maps.items()}
        return ReIDFeatures(**{self.feature: self.pool(maps[-1])}, **handed_on)
