"""Heads for verification losses, the baselines of CCN."""

from typing import Any

import torch

from mmvireid.models.layers import KernelGrid, sample_kernels
from mmvireid.registry import MODELS

from .pair_head import PairHead, scoring_layer


@MODELS.register_module()
class VerificationHead(PairHead):
    """Apply the verification loss to global features (VL of DSCSN + CCN Table I; Zheng et al., TOMM 2017).

    A linear layer scores the squared differences of two features (B, D).

    Args:
        in_channels: D.
        kwargs: Options of :class:`PairHead`.

    Example:
        >>> head = MODELS.build(dict(type='VerificationHead', in_channels=8, loss_weight=0.5))
        >>> head.feature, head.score
        ('pooled', Linear(in_features=8, out_features=1, bias=True))
    """

    def __init__(self, in_channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.score = scoring_layer(in_channels)

    def logits(
        self, feature: torch.Tensor, modalities: torch.Tensor, first: torch.Tensor, second: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        logits = self.score((feature[first] - feature[second]).square()).squeeze(1)
        return logits, logits


@MODELS.register_module()
class KernelVerificationHead(PairHead):
    """Apply the verification loss to contrastive kernels (KVL of DSCSN + CCN Table I).

    A linear layer scores the elements of |K_R - K_I| (Eq. 4) without correlation. At full size there are hundreds of
    thousands of elements. The layer reads them divided by the square root of their number, so that one step changes
    the logit only a little.

    Args:
        in_channels: C, channels of the maps (B, C, h, w).
        map_size: Height and width of the maps.
        kernel_size, stride: See :class:`~mmvireid.models.layers.KernelGrid`.
        kwargs: Options of :class:`PairHead`.

    Raises:
        ValueError: The kernels do not fit into the map.

    Example:
        >>> head = MODELS.build(dict(type='KernelVerificationHead', in_channels=2, map_size=(4, 3)))
        >>> head.feature, head.score  # 2 kernels of 3 * 3 * 2 elements
        ('map', Linear(in_features=36, out_features=1, bias=True))
    """

    default_feature = 'map'

    def __init__(
        self,
        in_channels: int,
        map_size: tuple[int, int],
        kernel_size: tuple[int, int] = (3, 3),
        stride: tuple[int, int] = (1, 1),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.grid = KernelGrid(map_size, kernel_size, stride)
        num_elements = self.grid.kernels.numel() * in_channels
        self.score = scoring_layer(num_elements)
        self.scale = num_elements**-0.5

    def logits(
        self, feature: torch.Tensor, modalities: torch.Tensor, first: torch.Tensor, second: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        self.grid.check(feature)
        kernels = sample_kernels(feature, self.grid)
        contrastive = (kernels[first] - kernels[second]).abs().flatten(1)
        logits = self.score(contrastive * self.scale).squeeze(1)
        return logits, logits
