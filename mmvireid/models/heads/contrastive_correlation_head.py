"""Head for CCN: score the difference of two images by contrastive correlation."""

import math
from typing import Any

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
    """Score pairs with the Contrastive Correlation Network (DSCSN + CCN Eqs. 2-8).

    The contrastive kernels of two images are correlated with the map of each image (Eq. 5). A linear layer turns the
    correlations into a logit (Eq. 6). If kernels are plain crops of the map, the logit is computed in closed form,
    without any correlation. With ``kernel_norm='l2'`` or ``generator=True`` the closed form is not exact. Training then
    computes every correlation. See :mod:`mmvireid.models.layers.contrastive_correlation`.

    In both cases a logit is a sum of products of tensors of the two images. :meth:`describe` returns these tensors for
    :class:`~mmvireid.evaluation.ContrastiveCorrelationDistance`, which scores pairs without the network.

    A correlation is a sum of C * kh * kw products, thousands at full size. One step of the linear layer's weights W
    would change the logits by millions. The parameter is therefore W times the number of products (times its square
    root for kernels of unit length). This does not restrict W.

    Args:
        in_channels: C, channels of the maps (B, C, h, w).
        map_size: Height and width of the maps.
        kernel_size, stride: See :class:`~mmvireid.models.layers.KernelGrid`.
        generator: Generate kernels with a learned layer instead of cropping them (KG, Table IV).
        kernel_norm: ``'none'`` as in Eq. 4, or ``'l2'`` to scale each kernel to unit length before the difference.
        shared: Use one linear layer for images of both modalities (Table VI).
        kwargs: Options of :class:`PairHead`.

    Raises:
        ValueError: The kernels do not fit into the map, or ``kernel_norm`` is unknown.

    Example:
        >>> head = MODELS.build(dict(type='ContrastiveCorrelationHead', in_channels=2, map_size=(4, 3)))
        >>> targets = ReIDTargets(*torch.zeros(3, 5, dtype=torch.int64))
        >>> described = head.describe(ReIDFeatures(map=torch.zeros(5, 2, 4, 3)), targets)
        >>> {name: tuple(tensor.shape) for name, tensor in described.items()}
        {'contrast_values': (5, 2, 4, 3), 'contrast_weights': (5, 2, 4, 3), 'contrast_bias': (5,)}
    """

    default_feature = 'map'

    def __init__(
        self,
        in_channels: int,
        map_size: tuple[int, int],
        kernel_size: tuple[int, int] = (3, 3),
        stride: tuple[int, int] = (1, 1),
        generator: bool = False,
        kernel_norm: str = 'none',
        shared: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
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
            cause = 'generator=True' if generator else f"kernel_norm='{kernel_norm}'"
            print_log(f'{cause} has no closed form: training computes the correlations of every pair.', 'current')

    @property
    def has_closed_form(self) -> bool:
        """Tell whether kernels are crops of the map, so that a logit needs no correlation."""
        return self.generator is None and not self.normalize

    @property
    def scaled_weight(self) -> torch.Tensor:
        """Return W of Eq. 6: (1, K, P) if modalities share the layer, else (2, K, P)."""
        return self.weight * self.scale

    def kernels(self, maps: torch.Tensor) -> torch.Tensor:
        """Compute each map's own kernels (Eqs. 2 and 3): (B, C, h, w) -> (B, K, C, kh * kw)."""
        self._check(maps)
        if self.generator is None:
            return sample_kernels(maps, self.grid, self.normalize)
        generated = self.generator(sample_kernels(maps, self.grid))
        return nn.functional.normalize(generated, dim=(2, 3)) if self.normalize else generated

    def correlations(
        self, maps: torch.Tensor, first: torch.Tensor, second: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Correlate the contrastive kernels of each pair with both maps of the pair (Eq. 5).

        Args:
            maps: Maps of all images, (B, C, h, w).
            first: Index of each pair's first image, (M,).
            second: Index of each pair's second image, (M,).

        Returns:
            The correlations with the first maps and with the second maps, each (M, K, P).
        """
        kernels = self.kernels(maps)
        return contrastive_correlations(maps[first], maps[second], kernels[first], kernels[second], self.grid)

    def logits(
        self, maps: torch.Tensor, modalities: torch.Tensor, first: torch.Tensor, second: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        layer = self._layer_index(modalities)
        if self.has_closed_form:
            values, weights = self._values_and_weights(maps, layer)
            scores = closed_logits(values[first], values[second], weights[first], weights[second])
        else:
            sides = zip((first, second), self.correlations(maps, first, second), strict=True)
            weight = self.scaled_weight[layer]
            scores = [(weight[side] * correlations).sum(dim=(1, 2)) for side, correlations in sides]
        return tuple(score + self.bias[layer[side]] for score, side in zip(scores, (first, second), strict=True))

    def describe(self, features: ReIDFeatures, targets: ReIDTargets) -> dict[str, torch.Tensor]:
        """Return the tensors of each image that full scoring compares.

        Returns:
            ``contrast_values`` and ``contrast_weights``, of one shape (B, ...), and ``contrast_bias`` (B,). The logit
            of image x against image y is the sum of |values(x) - values(y)| * weights(x), plus bias(x). The values are
            the maps in closed form, else the kernels.
        """
        maps = features[self.feature].float()
        layer = self._layer_index(targets.modalities)
        with torch.autocast(maps.device.type, enabled=False):
            values, weights = self._values_and_weights(maps, layer)
            return dict(contrast_values=values, contrast_weights=weights, contrast_bias=self.bias[layer])

    def _values_and_weights(self, maps: torch.Tensor, layer: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        weight = self.scaled_weight[layer]
        if not self.has_closed_form:
            return self.kernels(maps), weigh_patches(maps, weight, self.grid)
        self._check(maps)
        return maps, mix_positions(maps, weight, self.grid)

    def _check(self, maps: torch.Tensor) -> None:
        self.grid.check(maps)
        if maps.shape[1] != self.in_channels:
            raise ValueError(
                f'in_channels={self.in_channels}, but the maps have {maps.shape[1]} channels: set '
                f'in_channels={maps.shape[1]}.'
            )

    def _layer_index(self, modalities: torch.Tensor) -> torch.Tensor:
        """Return the index of the linear layer that scores each image, (B,)."""
        return torch.zeros_like(modalities) if self.shared else modalities
