"""Verification losses: the baselines that CCN is compared with."""

import torch

from mmvireid.models.layers import KernelGrid, sample_kernels
from mmvireid.registry import MODELS

from .pair_head import PairHead, scoring_layer


@MODELS.register_module()
class VerificationHead(PairHead):
    """Verification loss of global features (VL of DSCSN + CCN Table I; Zheng et al., TOMM 2017).

    A linear layer scores the squares of the differences of two features.

    Args:
        in_channels: D.
        feature: Name of a feature (B, D).
        negatives, modality_pairs: See :class:`PairHead`.
    """

    def __init__(
        self, in_channels: int, feature: str = 'pooled', negatives: int = 3, modality_pairs: str = 'cross'
    ) -> None:
        super().__init__(feature, negatives, modality_pairs)
        self.score = scoring_layer(in_channels)

    def logits(
        self, feature: torch.Tensor, modalities: torch.Tensor, first: torch.Tensor, second: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        logits = self.score((feature[first] - feature[second]).square()).squeeze(1)
        return logits, logits


@MODELS.register_module()
class KernelVerificationHead(PairHead):
    """Verification loss of contrastive kernels (KVL of DSCSN + CCN Table I): they are scored, not correlated.

    A linear layer scores all weights of |K_R - K_I| (Eq. 4), hundreds of thousands at full size: its own weights are
    learned in units of the square root of that number, which keeps a step's effect on the logit in bounds.

    Args:
        in_channels: C, channels of the maps.
        map_size: Height and width of the maps.
        kernel_size, stride: See :class:`~mmvireid.models.layers.KernelGrid`.
        feature: Name of a feature (B, C, h, w).
        negatives, modality_pairs: See :class:`PairHead`.

    Raises:
        ValueError: Kernels that do not fit into the map.
    """

    def __init__(
        self,
        in_channels: int,
        map_size: tuple[int, int],
        kernel_size: tuple[int, int] = (3, 3),
        stride: tuple[int, int] = (1, 1),
        feature: str = 'map',
        negatives: int = 3,
        modality_pairs: str = 'cross',
    ) -> None:
        super().__init__(feature, negatives, modality_pairs)
        self.grid = KernelGrid(map_size, kernel_size, stride)
        num_weights = self.grid.kernels.numel() * in_channels
        self.score = scoring_layer(num_weights)
        self.scale = num_weights**-0.5

    def logits(
        self, feature: torch.Tensor, modalities: torch.Tensor, first: torch.Tensor, second: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        self.grid.check(feature)
        kernels = sample_kernels(feature, self.grid)
        contrastive = (kernels[first] - kernels[second]).abs().flatten(1)
        logits = self.score(contrastive * self.scale).squeeze(1)
        return logits, logits
