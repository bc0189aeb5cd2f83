"""Another neck's embedding, projected to a few numbers."""

import torch
from mmengine.model import BaseModule
from torch import nn

from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class ProjectedEmbeddingNeck(BaseModule):
    """The features of another neck, with ``embedding`` (B, C) replaced by a Linear of it, (B, D).

    Of two numbers, it can be drawn as points in a plane (HPILN, Fig. 6: a Linear of length 2 behind Res-Mid).

    Args:
        neck: Config of the other neck.
        in_channels: C, length of that neck's embedding.
        out_channels: D.
    """

    def __init__(self, neck: dict, in_channels: int, out_channels: int = 2) -> None:
        super().__init__()
        self.neck = MODELS.build(neck)
        self.projection = nn.Linear(in_channels, out_channels)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        features = self.neck(maps)
        embedding = features['embedding']
        # In the precision of the weights, whatever autocast says: what the losses compare.
        with torch.autocast(embedding.device.type, enabled=False):
            projected = self.projection(embedding.to(self.projection.weight.dtype))
        return ReIDFeatures(**{**features, 'embedding': projected})
