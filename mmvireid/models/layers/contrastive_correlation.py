"""Contrastive correlation of two images' maps (CCN: DSCSN + CCN, Sec. III-B): to the letter, and in closed form.

A map's kernels are its crops. The contrastive kernels of a pair, |K_R - K_I| (Eq. 4), are correlated with each image's
map (Eq. 5), and a linear layer makes one logit of the correlations (Eq. 6). These kernels are crops of |F_R - F_I|:
each correlation is a scalar product of that with a shifted map, and their weighted sum is

    W . vec(K_RI correlated with F_R) = sum over all elements of |F_R - F_I| * M(F_R),

where M(F) has F's shape and depends on one image alone: the positions of F mixed by a matrix that follows from W.
Kernels that are no crops of their map (normalized, or generated) do not fold so: of the sum over kernels k, places p,
channels c and the weights n of a channel,

    W . vec(K_RI correlated with F_R) = sum over k, c, n of |K_R - K_I|[k, c, n] * (sum over p of W[k, p] F_R[c, p, n]),

only the sum over places can be taken image by image.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import nn


@dataclass(frozen=True)
class KernelGrid:
    """Where the kernels of a map are cropped (Algorithm 1), and where they are correlated (everywhere they fit).

    Args:
        map_size: Height and width of the maps.
        kernel_size: Height and width of a kernel.
        stride: Vertical and horizontal distance between two crops.

    Raises:
        ValueError: A kernel is larger than the map, or a number is not positive.
    """

    map_size: tuple[int, int]
    kernel_size: tuple[int, int] = (3, 3)
    stride: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        for name in ('map_size', 'kernel_size', 'stride'):
            numbers = getattr(self, name)
            if not isinstance(numbers, (tuple, list)) or len(numbers) != 2:
                raise ValueError(f'{name} must be two numbers, vertical and horizontal, got {numbers!r}.')
            object.__setattr__(self, name, tuple(numbers))
        if min(*self.map_size, *self.kernel_size, *self.stride) < 1:
            raise ValueError(f'map_size, kernel_size and stride must be positive, got {self}.')
        if any(kernel > side for kernel, side in zip(self.kernel_size, self.map_size, strict=True)):
            raise ValueError(f'Kernels of {self.kernel_size} do not fit into maps of {self.map_size}.')

    @cached_property
    def kernels(self) -> torch.Tensor:
        """The positions that each kernel covers, row by row, (K, kh * kw), as indices into the flattened map."""
        return self._windows(self.stride)

    @cached_property
    def patches(self) -> torch.Tensor:
        """The same of each place where a kernel is correlated, (P, kh * kw)."""
        return self._windows((1, 1))

    def _windows(self, stride: tuple[int, int]) -> torch.Tensor:
        places = torch.arange(self.map_size[0] * self.map_size[1]).view(self.map_size)
        windows = places.unfold(0, self.kernel_size[0], stride[0]).unfold(1, self.kernel_size[1], stride[1])
        return windows.reshape(-1, self.kernel_size[0] * self.kernel_size[1])

    @property
    def num_kernels(self) -> int:
        """K."""
        return len(self.kernels)

    @property
    def place_size(self) -> tuple[int, int]:
        """Rows and columns of the P places."""
        return tuple(side - kernel + 1 for side, kernel in zip(self.map_size, self.kernel_size, strict=True))

    def mixing(self, weight: torch.Tensor) -> torch.Tensor:
        """The matrix that makes M(F) of F: M[u] = sum over v of mixing[u, v] F[v], u and v positions.

        Element (u, v) is the sum of the weights of all (kernel, place) in which u of the kernel meets v of the map.

        Args:
            weight: W, (..., K, P).

        Returns:
            (..., h * w, h * w).
        """
        num_positions = self.map_size[0] * self.map_size[1]
        kernels, patches = self.kernels.to(weight.device), self.patches.to(weight.device)
        meetings = (kernels[:, None, :] * num_positions + patches[None, :, :]).flatten()  # of (K, P, kh * kw)
        values = weight[..., None].expand(*weight.shape, kernels.shape[1]).flatten(-3)
        flat = weight.new_zeros(*weight.shape[:-2], num_positions * num_positions)
        return flat.index_add(-1, meetings, values).unflatten(-1, (num_positions, num_positions))

    def check(self, maps: torch.Tensor) -> None:
        """Raise ValueError if maps (B, C, h, w) are not of the size that the grid was made for."""
        if tuple(maps.shape[-2:]) != self.map_size:
            raise ValueError(
                f'The maps are of {tuple(maps.shape[-2:])}, the head expects {self.map_size}: set '
                f'model.heads.<name>.map_size={tuple(maps.shape[-2:])}.'
            )


def sample_kernels(maps: torch.Tensor, grid: KernelGrid, normalize: bool = False) -> torch.Tensor:
    """A map's own kernels (Eqs. 2 and 3): (B, C, h, w) -> (B, K, C, kh * kw).

    Args:
        maps: (B, C, h, w).
        grid: Where they are cropped.
        normalize: Scale each to unit length.
    """
    kernels = maps.flatten(2)[:, :, grid.kernels.to(maps.device)].transpose(1, 2)
    return F.normalize(kernels, dim=(2, 3)) if normalize else kernels


def correlate(maps: torch.Tensor, kernels: torch.Tensor, grid: KernelGrid) -> torch.Tensor:
    """Correlate each map with kernels of its own, without padding (Eq. 5).

    Args:
        maps: (B, C, h, w).
        kernels: (B, K, C, kh * kw).
        grid: Where they are correlated.

    Returns:
        (B, K, P).
    """
    patches = maps.flatten(2)[:, :, grid.patches.to(maps.device)]
    return torch.einsum('bkcn,bcpn->bkp', kernels, patches)


def contrastive_correlations(
    maps: torch.Tensor, others: torch.Tensor, kernels: torch.Tensor, other_kernels: torch.Tensor, grid: KernelGrid
) -> tuple[torch.Tensor, torch.Tensor]:
    """The contrastive features of either map of each pair, as the paper writes them (Eqs. 4 and 5).

    Args:
        maps: The first map of each pair, (B, C, h, w).
        others: The second.
        kernels: The first map's own kernels, (B, K, C, kh * kw).
        other_kernels: The second's.
        grid: Where they are correlated.

    Returns:
        Of the first maps and of the second maps, each (B, K, P).
    """
    contrastive = (kernels - other_kernels).abs()
    return correlate(maps, contrastive, grid), correlate(others, contrastive, grid)


def literal_logits(
    maps: torch.Tensor, others: torch.Tensor, weight: torch.Tensor, grid: KernelGrid, normalize: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """W . vec(K correlated with F) for either map of each pair, as the paper writes it (Eqs. 2-6), without the bias.

    Args:
        maps: The first map of each pair, (B, C, h, w).
        others: The second.
        weight: W, (K, P), shared by the two; or (2, K, P), the first map's and the second's own.
        grid: Where kernels are cropped.
        normalize: Scale each kernel to unit length before the difference is taken.

    Returns:
        Of the first maps and of the second maps, each (B,).
    """
    kernels = [sample_kernels(side, grid, normalize) for side in (maps, others)]
    weights = weight if weight.ndim == 3 else (weight, weight)
    correlations = contrastive_correlations(maps, others, *kernels, grid)
    return tuple((own * side).sum(dim=(1, 2)) for own, side in zip(weights, correlations, strict=True))


def mix_positions(maps: torch.Tensor, weight: torch.Tensor, grid: KernelGrid) -> torch.Tensor:
    """M(F), the map that |F_R - F_I| is multiplied with: (B, C, h, w) -> (B, C, h, w).

    Args:
        maps: F.
        weight: W, (K, P), of all images; or (B, K, P), of each.
        grid: Where kernels are cropped.
    """
    return (maps.flatten(2) @ grid.mixing(weight).mT).view_as(maps)


def weigh_patches(maps: torch.Tensor, weight: torch.Tensor, grid: KernelGrid) -> torch.Tensor:
    """What |K_R - K_I| is multiplied with where kernels do not fold: (B, C, h, w) -> (B, K, C, kh * kw).

    Args:
        maps: F.
        weight: W, (B, K, P).
        grid: Where kernels are correlated.
    """
    patches = maps.flatten(2)[:, :, grid.patches.to(maps.device)]
    return torch.einsum('bkp,bcpn->bkcn', weight, patches)


def closed_logits(
    kernels: torch.Tensor, others: torch.Tensor, weights: torch.Tensor, other_weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same numbers as :func:`literal_logits` gives, from what each image has by itself.

    Args:
        kernels, others: Of each pair's images: the maps, (B, C, h, w), where kernels fold; else the kernels.
        weights, other_weights: :func:`mix_positions` of the maps, or else :func:`weigh_patches`.

    Returns:
        Of the first images and of the second images, each (B,).
    """
    gap = (kernels - others).abs().flatten(1)
    return tuple(torch.einsum('bd,bd->b', gap, side.flatten(1)) for side in (weights, other_weights))


class KernelGenerator(BaseModule):
    """Kernels from a fully connected layer instead of the sampled ones (KG of DSCSN + CCN, Table IV).

    The paper gives the generator's size only, 24M parameters. Here each channel has a layer of its own, from all
    weights that its K kernels sample to as many generated ones: 2,048 layers of 108 inputs and outputs, 24.1M
    parameters.

    Args:
        channels: C.
        num_weights: K * kh * kw.
    """

    def __init__(self, channels: int, num_weights: int) -> None:
        super().__init__()
        bound = num_weights**-0.5  # as nn.Linear starts
        self.weight = nn.Parameter(torch.empty(channels, num_weights, num_weights).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(channels, 1, num_weights).uniform_(-bound, bound))

    def forward(self, kernels: torch.Tensor) -> torch.Tensor:
        """(B, K, C, kh * kw) -> the same shape."""
        batch, num_kernels, channels, size = kernels.shape
        sampled = kernels.permute(2, 0, 1, 3).reshape(channels, batch, num_kernels * size)
        generated = torch.baddbmm(self.bias, sampled, self.weight)
        return generated.view(channels, batch, num_kernels, size).permute(1, 2, 0, 3)
