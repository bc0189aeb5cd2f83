"""Global pooling of the last map."""

from collections.abc import Mapping

import torch
from mmengine.model import BaseModule

from mmvireid.models.layers import GlobalPooling
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures

from .map_selection import MapSelection


@MODELS.register_module()
class GlobalPoolingNeck(BaseModule):
    """Pool the last map over all positions into one feature (B, C).

    Args:
        pooling, p, learn_p: See :class:`~mmvireid.models.layers.GlobalPooling`.
        feature: Name of the pooled feature: ``'pooled'``, or ``'embedding'`` where the paper says so (HPILN).
        maps: Maps that are features too, see :class:`MapSelection`. ``dict(map=-1)`` adds the last map
            (DSCSN + CCN, Sec. III).

    Raises:
        ValueError: A map has the name of the pooled feature, or the backbone does not return the map.

    Example:
        >>> neck = GlobalPoolingNeck(pooling='max', maps=dict(map=-1))
        >>> neck((torch.rand(2, 8, 4, 2),))
        ReIDFeatures(pooled=(2, 8), map=(2, 8, 4, 2))
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
        self.feature = feature
        self.select_maps = MapSelection(maps, taken=[feature])
        self.pool = GlobalPooling(pooling, p, learn_p)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        return ReIDFeatures(**{self.feature: self.pool(maps[-1])}, **self.select_maps(maps))
