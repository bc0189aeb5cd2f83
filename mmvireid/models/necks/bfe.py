"""BFE: a global branch, and one that has to do without a part of the map."""

import torch
from mmengine.model import BaseModule
from mmpretrain.models.backbones.resnet import Bottleneck

from mmvireid.models.layers import BatchErasing, FCBlock, global_avg_pool, global_max_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class BFENeck(BaseModule):
    """Batch feature erasing (Dai et al., 2018; HPILN, Sec. 3.1).

    Features: ``reduced`` (B, global_channels) of the global branch, the average-pooled last map after a 1x1
    convolution, batch norm and ReLU; ``erased`` (B, erased_channels) of the erasing branch, a bottleneck block of its
    own, :class:`~mmvireid.models.layers.BatchErasing`, max pooling, Linear, batch norm and ReLU; and ``embedding``.

    Args:
        in_channels: C, channels of the last map.
        global_channels: Length of ``reduced``.
        erased_channels: Length of ``erased``.
        height_ratio, width_ratio: Share of the map's rows and columns that the erased box has.
        embed: What ``embedding`` is: ``'erased'``, or ``'concat'`` for ``reduced`` and ``erased`` one after the other.

    Raises:
        ValueError: ``embed`` is neither, or a ratio is not within 0-1.
    """

    EMBEDDINGS = ('erased', 'concat')

    def __init__(
        self,
        in_channels: int = 2048,
        global_channels: int = 512,
        erased_channels: int = 1024,
        height_ratio: float = 0.33,
        width_ratio: float = 1.0,
        embed: str = 'erased',
    ) -> None:
        super().__init__()
        if embed not in self.EMBEDDINGS:
            raise ValueError(f"model.neck.embed must be one of {self.EMBEDDINGS}, got '{embed}'.")
        self.embed = embed
        self.global_reduction = FCBlock(in_channels, global_channels)
        self.bottleneck = Bottleneck(in_channels, in_channels)
        self.erasing = BatchErasing(height_ratio, width_ratio)
        self.erased_reduction = FCBlock(in_channels, erased_channels)

    def forward(self, maps: tuple[torch.Tensor, ...]) -> ReIDFeatures:
        reduced = self.global_reduction(global_avg_pool(maps[-1]))
        erased = self.erased_reduction(global_max_pool(self.erasing(self.bottleneck(maps[-1]))))
        embedding = erased if self.embed == 'erased' else torch.cat([reduced, erased], dim=1)
        return ReIDFeatures(reduced=reduced, erased=erased, embedding=embedding)
