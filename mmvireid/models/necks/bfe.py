"""The two branches of BFE: a global branch and a branch with an erased box."""

import torch
from mmengine.model import BaseModule
from mmpretrain.models.backbones.resnet import Bottleneck

from mmvireid.models.layers import BatchErasing, FCBlock, global_avg_pool, global_max_pool
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures


@MODELS.register_module()
class BFENeck(BaseModule):
    """Compute the global feature and the erased feature of batch feature erasing (Dai et al., 2018; HPILN, Sec. 3.1).

    - The global branch averages the last map and applies a 1x1 convolution, batch norm and ReLU.
    - The erasing branch has its own bottleneck block. :class:`~mmvireid.models.layers.BatchErasing`, max pooling,
      Linear, batch norm and ReLU follow.

    Features: ``reduced`` (B, global_channels) of the global branch, ``erased`` (B, erased_channels) of the erasing
    branch, and ``embedding``.

    Args:
        in_channels: C, the channels of the last map.
        global_channels: Length of ``reduced``.
        erased_channels: Length of ``erased``.
        height_ratio, width_ratio: Height and width of the erased box, as a share of the map's rows and columns.
        embed: ``'erased'`` makes ``embedding`` equal to ``erased``; ``'concat'`` joins ``reduced`` and ``erased``.

    Raises:
        ValueError: ``embed`` is another word, or a ratio is not between 0 and 1.

    Example:
        >>> neck = BFENeck(in_channels=8, global_channels=3, erased_channels=5, embed='concat')
        >>> neck((torch.rand(2, 8, 4, 2),))
        ReIDFeatures(reduced=(2, 3), erased=(2, 5), embedding=(2, 8))
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
            raise ValueError(f"embed must be one of {self.EMBEDDINGS}, got '{embed}'.")
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
