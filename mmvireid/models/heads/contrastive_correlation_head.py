"""CCN: how different two images are, seen by correlating each with the kernels of their difference."""

import math

import torch
from mmengine.logging import print_log
from torch import nn

from mmvireid.models.layers import (
    KernelGenerator,
    KernelGrid,
    closed_logits,
    contrastive_correlations,
    mix_positions,
    sample_kernels,
    weigh_patches,
)
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures, ReIDTargets

from .pair_head import INIT_STD, PairHead

KERNEL_NORMS = ('none', 'l2')


@MODELS.register_module()
class ContrastiveCorrelationHead(PairHead):
    """Contrastive Correlation Network (DSCSN + CCN Eqs. 2-8).

    The contrastive kernels of two images are correlated with the map of each (Eq. 5), a linear layer makes a logit of
    these correlations (Eq. 6). Where kernels are plain crops this is computed in closed form, without correlating
    anything; with ``kernel_norm='l2'`` or a ``generator`` that is not exact, and training follows the letter. See
    :mod:`mmvireid.models.layers.contrastive_correlation`.

    Either way a logit is a sum over what two images have by themselves: :meth:`describe` gives that to
    :class:`~mmvireid.evaluation.ContrastiveCorrelationDistance`, full scoring without the network.

    A correlation is a sum of C * kh * kw products, thousands at full size: a step of the linear layer's weights W would
    move the logits by millions. What is learned is W in units of that number of products (of its square root where
    kernels are of unit length), which changes no score that can be reached.

    Args:
        in_channels: C, channels of the maps.
        map_size: Height and width of the maps.
        kernel_size, stride: See :class:`~mmvireid.models.layers.KernelGrid`.
        generator: Whether kernels come from a learned generator instead of being sampled (KG, Table IV).
        kernel_norm: ``'none'``, Eq. 4 to the letter, or ``'l2'``: each kernel is scaled to unit length before the
            difference is taken.
        shared: Whether images of both modalities share the linear layer (Table VI).
        feature: Name of a feature (B, C, h, w).
        negatives, modality_pairs: See :class:`PairHead`.

    Raises:
        ValueError: Kernels that do not fit into the map, or an unknown ``kernel_norm``.
    """

    def __init__(
        self,
        in_channels: int,
        map_size: tuple[int, int],
        kernel_size: tuple[int, int] = (3, 3),
        stride: tuple[int, int] = (1, 1),
        generator: bool = False,
        kernel_norm: str = 'none',
        shared: bool = True,
        feature: str = 'map',
        negatives: int = 3,
        modality_pairs: str = 'cross',
    ) -> None:
        super().__init__(feature, negatives, modality_pairs)
        if kernel_norm not in KERNEL_NORMS:
            raise ValueError(f"kernel_norm must be one of {KERNEL_NORMS}, got '{kernel_norm}'.")
        self.grid = KernelGrid(map_size, kernel_size, stride)
        self.in_channels = in_channels
        self.normalize = kernel_norm == 'l2'
        self.shared = shared
        self.generator = KernelGenerator(in_channels, self.grid.kernels.numel()) if generator else None
        num_layers, num_places = 1 if shared else 2, len(self.grid.patches)
        num_products = in_channels * self.grid.kernels.shape[1]
        self.scale = 1 / (math.sqrt(num_products) if self.normalize else num_products)
        self.weight = nn.Parameter(torch.randn(num_layers, self.grid.num_kernels, num_places) * INIT_STD)
        self.bias = nn.Parameter(torch.zeros(num_layers))
        if not self.has_closed_form:
            cause = 'a generator of kernels' if generator else f"kernel_norm='{kernel_norm}'"
            print_log(f'No closed form with {cause}: pairs are correlated to the letter in training.', 'current')

    @property
    def has_closed_form(self) -> bool:
        """Whether kernels are crops of the map, so that their overlaps fold into one map an image."""
        return self.generator is None and not self.normalize

    @property
    def score_weight(self) -> torch.Tensor:
        """W of Eq. 6, (1, K, P), or (2, K, P) by modality."""
        return self.weight * self.scale

    def kernels(self, maps: torch.Tensor) -> torch.Tensor:
        """Each map's own kernels (Eqs. 2 and 3): (B, C, h, w) -> (B, K, C, kh * kw)."""
        self._check(maps)
        if self.generator is None:
            return sample_kernels(maps, self.grid, self.normalize)
        generated = self.generator(sample_kernels(maps, self.grid))
        return nn.functional.normalize(generated, dim=(2, 3)) if self.normalize else generated

    def correlations(
        self, maps: torch.Tensor, first: torch.Tensor, second: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The contrastive features of either image of each pair (Eq. 5).

        Args:
            maps: Of all images, (B, C, h, w).
            first: Index of each pair's first image, (M,).
            second: Of its second image.

        Returns:
            Of the first contrasted with the second, and of the second contrasted with the first, each (M, K, P).
        """
        kernels = self.kernels(maps)
        return contrastive_correlations(maps[first], maps[second], kernels[first], kernels[second], self.grid)

    def logits(
        self, maps: torch.Tensor, modalities: torch.Tensor, first: torch.Tensor, second: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        layer = self._layer_of(modalities)
        if self.has_closed_form:
            kernels, weights = self._operands(maps, layer)
            scores = closed_logits(kernels[first], kernels[second], weights[first], weights[second])
        else:
            sides = zip((first, second), self.correlations(maps, first, second), strict=True)
            weight = self.score_weight[layer]
            scores = [(weight[side] * features).sum(dim=(1, 2)) for side, features in sides]
        return tuple(score + self.bias[layer[side]] for score, side in zip(scores, (first, second), strict=True))

    def describe(self, features: ReIDFeatures, targets: ReIDTargets) -> dict[str, torch.Tensor]:
        """What full scoring compares, of each image.

        Returns:
            ``contrast_values`` and ``contrast_weights``, of one shape (B, ...), and ``contrast_bias`` (B,). The logit
            of image x contrasted with y is the sum of |values(x) - values(y)| * weights(x), plus bias(x).
        """
        maps = features[self.feature].float()
        layer = self._layer_of(targets.modalities)
        with torch.autocast(maps.device.type, enabled=False):
            kernels, weights = self._operands(maps, layer)
            return dict(contrast_values=kernels, contrast_weights=weights, contrast_bias=self.bias[layer])

    def _operands(self, maps: torch.Tensor, layer: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        weight = self.score_weight[layer]
        if not self.has_closed_form:
            return self.kernels(maps), weigh_patches(maps, weight, self.grid)
        self._check(maps)
        return maps, mix_positions(maps, weight, self.grid)

    def _check(self, maps: torch.Tensor) -> None:
        self.grid.check(maps)
        if maps.shape[1] != self.in_channels:
            raise ValueError(
                f'The maps have {maps.shape[1]} channels, the head expects {self.in_channels}: set '
                f'model.heads.<name>.in_channels={maps.shape[1]}.'
            )

    def _layer_of(self, modalities: torch.Tensor) -> torch.Tensor:
        """Which linear layer scores an image, (B,)."""
        return torch.zeros_like(modalities) if self.shared else modalities
