"""Linear projection of another neck's embedding."""

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class ProjectedEmbeddingNeck(BaseModule):
    """Project the embedding of another neck from C to D numbers.

    With D = 2 the embedding can be drawn as points in a plane (HPILN, Fig. 6: a Linear of length 2 behind Res-Mid).

    Features: the features of the other neck, with the projected ``embedding`` (B, D).

    Args:
        neck: Config of the other neck.
        in_channels: C, the length of the other neck's embedding.
        out_channels: D.

    Example:
        >>> pooling = dict(type='GlobalPoolingNeck', feature='embedding')
        >>> neck = ProjectedEmbeddingNeck(neck=pooling, in_channels=8, out_channels=2)
        >>> neck((torch.rand(2, 8, 4, 2),))
        ReIDFeatures(embedding=(2, 2))
    """

    def __init__(self, neck: dict, in_channels: int, out_channels: int = 2) -> None:
        super().__init__()
        self.neck = MODELS.build(neck)
        self.projection = nn.Linear(in_channels, out_channels)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        features = self.neck(maps)
        embedding = features['embedding']
        # Losses compare the result, so it is computed in the precision of the weights, not of autocast.
        with torch.autocast(embedding.device.type, enabled=False):
            projected = self.projection(embedding.to(self.projection.weight.dtype))
        return ReIDFeatures(**{**features, 'embedding': projected})
