"""Contrastive correlation of two images' maps (DSCSN + CCN, Sec. III-B), in the paper's form and in a closed form.

The kernels of a map are crops of this map. A pair has the contrastive kernels |K_R - K_I| (Eq. 4), which are correlated
with the map of each image (Eq. 5). A linear layer with weights W turns the correlations into one logit (Eq. 6).

The contrastive kernels are crops of |F_R - F_I|. Each correlation is the scalar product of |F_R - F_I| and a shifted
map, and the weighted sum of the correlations is

    W . vec(K_RI correlated with F_R) = sum over all elements of |F_R - F_I| * M(F_R).

M(F) has the shape of F and depends on one image only. It is F with its positions mixed by a matrix that follows from W.

Normalized and generated kernels are not crops of their map, and M(F) does not exist for them. With kernels k, places p,
channels c and the weights n of one channel of a kernel, the sum is

    W . vec(K_RI correlated with F_R) = sum over k, c, n of |K_R - K_I|[k, c, n] * (sum over p of W[k, p] F_R[c, p, n]).

Only the sum over places depends on one image.
"""

import torch
from mmengine.model import BaseModule
from torch import nn

from .kernel_grid import KernelGrid, sample_kernels


def contrastive_correlations(
    maps: torch.Tensor, others: torch.Tensor, kernels: torch.Tensor, other_kernels: torch.Tensor, grid: KernelGrid
) -> tuple[torch.Tensor, torch.Tensor]:
    """Correlate the contrastive kernels of each pair with both maps of the pair (Eqs. 4 and 5).

    Args:
        maps: First map of each pair, (B, C, h, w).
        others: Second map of each pair.
        kernels: Kernels of the first map, (B, K, C, kh * kw).
        other_kernels: Kernels of the second map.
        grid: Where kernels are correlated.

    Returns:
        Correlations of the first maps and of the second maps, (B, K, P) each.

    Example:
        >>> grid = KernelGrid(map_size=(3, 3))
        >>> first, second = torch.full((1, 1, 3, 3), 3.0), torch.ones(1, 1, 3, 3)
        >>> kernels = [sample_kernels(maps, grid) for maps in (first, second)]
        >>> [correlations.tolist() for correlations in contrastive_correlations(first, second, *kernels, grid)]
        [[[[54.0]]], [[[18.0]]]]
    """
    contrastive = (kernels - other_kernels).abs()
    return _correlate(maps, contrastive, grid), _correlate(others, contrastive, grid)


def _correlate(maps: torch.Tensor, kernels: torch.Tensor, grid: KernelGrid) -> torch.Tensor:
    """Correlate maps (B, C, h, w) with their kernels (B, K, C, kh * kw) without padding (Eq. 5): (B, K, P)."""
    patches = maps.flatten(2)[:, :, grid.patches.to(maps.device)]
    return torch.einsum('bkcn,bcpn->bkp', kernels, patches)


def literal_logits(
    maps: torch.Tensor, others: torch.Tensor, weight: torch.Tensor, grid: KernelGrid, normalize: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Compute the two logits of each pair in the paper's form (Eqs. 2-6), without the bias.

    The logit of a map F is W . vec(K correlated with F), where K are the contrastive kernels of the pair.

    Args:
        maps: First map of each pair, (B, C, h, w).
        others: Second map of each pair.
        weight: W, (K, P), shared by both maps; or (2, K, P), the weights of the first and of the second map.
        grid: Where kernels are cropped and correlated.
        normalize: Scale each kernel to unit length before the difference.

    Returns:
        Logits of the first maps and of the second maps, (B,) each.

    Example:
        >>> first, second = torch.full((1, 1, 3, 3), 3.0), torch.ones(1, 1, 3, 3)
        >>> logits = literal_logits(first, second, torch.tensor([[0.5]]), KernelGrid(map_size=(3, 3)))
        >>> [logit.item() for logit in logits]
        [27.0, 9.0]
    """
    kernels = [sample_kernels(side, grid, normalize) for side in (maps, others)]
    weights = weight if weight.ndim == 3 else (weight, weight)
    correlations = contrastive_correlations(maps, others, *kernels, grid)
    return tuple((own * side).sum(dim=(1, 2)) for own, side in zip(weights, correlations, strict=True))


def mix_positions(maps: torch.Tensor, weight: torch.Tensor, grid: KernelGrid) -> torch.Tensor:
    """Compute M(F), the factor of |F_R - F_I| in the closed form: (B, C, h, w) -> (B, C, h, w).

    Args:
        maps: F.
        weight: W, (K, P), for all images; or (B, K, P), one W for each image.
        grid: Where kernels are cropped and correlated.

    Example:
        >>> weight = torch.tensor([[0.5]])
        >>> mix_positions(torch.tensor([[[[2.0, 4.0]]]]), weight, KernelGrid((1, 2), kernel_size=(1, 2))).tolist()
        [[[[1.0, 2.0]]]]
    """
    return (maps.flatten(2) @ grid.mixing(weight).mT).view_as(maps)


def weigh_patches(maps: torch.Tensor, weight: torch.Tensor, grid: KernelGrid) -> torch.Tensor:
    """Compute the factor of |K_R - K_I| for kernels that are not crops: (B, C, h, w) -> (B, K, C, kh * kw).

    Args:
        maps: F.
        weight: W, (B, K, P).
        grid: Where kernels are correlated.

    Example:
        >>> weight = torch.tensor([[[1.0, 10.0], [0.0, 1.0]]])
        >>> grid = KernelGrid(map_size=(1, 2), kernel_size=(1, 1))
        >>> weigh_patches(torch.tensor([[[[2.0, 4.0]]]]), weight, grid).flatten().tolist()
        [42.0, 4.0]
    """
    patches = maps.flatten(2)[:, :, grid.patches.to(maps.device)]
    return torch.einsum('bkp,bcpn->bkcn', weight, patches)


def closed_logits(
    kernels: torch.Tensor, others: torch.Tensor, weights: torch.Tensor, other_weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Compute the logits of :func:`literal_logits` from tensors that depend on one image each.

    Args:
        kernels, others: Maps (B, C, h, w) of the first and of the second images, if kernels are crops of their map.
            Otherwise their kernels (B, K, C, kh * kw).
        weights, other_weights: :func:`mix_positions` of these maps. Otherwise :func:`weigh_patches`.

    Returns:
        Logits of the first images and of the second images, (B,) each.

    Example:
        >>> first, second = torch.full((1, 1, 3, 3), 3.0), torch.ones(1, 1, 3, 3)
        >>> weight, grid = torch.tensor([[0.5]]), KernelGrid(map_size=(3, 3))
        >>> weights = [mix_positions(maps, weight, grid) for maps in (first, second)]
        >>> [logit.item() for logit in closed_logits(first, second, *weights)]
        [27.0, 9.0]
    """
    gap = (kernels - others).abs().flatten(1)
    return tuple(torch.einsum('bd,bd->b', gap, side.flatten(1)) for side in (weights, other_weights))


class KernelGenerator(BaseModule):
    """Generate kernels from the sampled kernels with a fully connected layer (KG of DSCSN + CCN, Table IV).

    The paper gives only the size of the generator, 24M parameters. Here each channel has its own layer. It maps all
    weights of the K sampled kernels to the same number of generated weights. 2,048 layers with 108 inputs and outputs
    have 24.1M parameters.

    Args:
        channels: C.
        num_weights: K * kh * kw.

    Example:
        >>> generator = KernelGenerator(channels=3, num_weights=2 * 9)
        >>> generator(torch.rand(4, 2, 3, 9)).shape
        torch.Size([4, 2, 3, 9])
    """

    def __init__(self, channels: int, num_weights: int) -> None:
        super().__init__()
        bound = num_weights**-0.5  # the initialization of nn.Linear
        self.weight = nn.Parameter(torch.empty(channels, num_weights, num_weights).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(channels, 1, num_weights).uniform_(-bound, bound))

    def forward(self, kernels: torch.Tensor) -> torch.Tensor:
        """Turn sampled kernels (B, K, C, kh * kw) into generated kernels of the same shape."""
        batch, num_kernels, channels, size = kernels.shape
        sampled = kernels.permute(2, 0, 1, 3).reshape(channels, batch, num_kernels * size)
        generated = torch.baddbmm(self.bias, sampled, self.weight)
        return generated.view(channels, batch, num_kernels, size).permute(1, 2, 0, 3)
