"""The kernels of contrastive correlation: crops of a map at the places of a grid."""

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class KernelGrid:
    """Define where kernels are cropped from a map (DSCSN + CCN, Algorithm 1), and where they are correlated with it.

    Kernels are cropped at the places of the stride. They are correlated at every place where they fit into the map.

    Args:
        map_size: Height and width of the maps.
        kernel_size: Height and width of a kernel.
        stride: Vertical and horizontal distance between two crops.

    Raises:
        ValueError: A kernel is larger than the map, or a number is not positive.

    Example:
        >>> grid = KernelGrid(map_size=(8, 4), stride=(3, 1))
        >>> grid.num_kernels, grid.place_size
        (4, (6, 2))
        >>> KernelGrid(map_size=(3, 2), kernel_size=(2, 1)).kernels.tolist()
        [[0, 2], [1, 3], [2, 4], [3, 5]]
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
            raise ValueError(f'kernel_size={self.kernel_size} does not fit into map_size={self.map_size}.')

    @cached_property
    def kernels(self) -> torch.Tensor:
        """Return the positions of each kernel, (K, kh * kw), as indices into the flattened map."""
        return self._windows(self.stride)

    @cached_property
    def patches(self) -> torch.Tensor:
        """Return the positions under a kernel at each place of correlation, (P, kh * kw), as such indices."""
        return self._windows((1, 1))

    def _windows(self, stride: tuple[int, int]) -> torch.Tensor:
        positions = torch.arange(self.map_size[0] * self.map_size[1]).view(self.map_size)
        windows = positions.unfold(0, self.kernel_size[0], stride[0]).unfold(1, self.kernel_size[1], stride[1])
        return windows.reshape(-1, self.kernel_size[0] * self.kernel_size[1])

    @property
    def num_kernels(self) -> int:
        """Return K, the number of kernels."""
        return len(self.kernels)

    @property
    def place_size(self) -> tuple[int, int]:
        """Return the numbers of rows and columns of the P places of correlation."""
        return tuple(side - kernel + 1 for side, kernel in zip(self.map_size, self.kernel_size, strict=True))

    def mixing(self, weight: torch.Tensor) -> torch.Tensor:
        """Return the matrix that makes M(F) from F: M[u] = sum over v of mixing[u, v] F[v], with positions u and v.

        Element (u, v) is a sum of weights. It has one term for each kernel and place where position u of the kernel
        lies on position v of the map.

        Args:
            weight: W, (..., K, P).

        Returns:
            (..., h * w, h * w).
        """
        num_positions = self.map_size[0] * self.map_size[1]
        kernels, patches = self.kernels.to(weight.device), self.patches.to(weight.device)
        meetings = (kernels[:, None, :] * num_positions + patches[None, :, :]).flatten()  # K * P * kh * kw
        values = weight[..., None].expand(*weight.shape, kernels.shape[1]).flatten(-3)
        flat = weight.new_zeros(*weight.shape[:-2], num_positions * num_positions)
        return flat.index_add(-1, meetings, values).unflatten(-1, (num_positions, num_positions))

    def check(self, maps: torch.Tensor) -> None:
        """Raise ValueError if maps (B, C, h, w) do not have the size ``map_size``."""
        size = tuple(maps.shape[-2:])
        if size != self.map_size:
            raise ValueError(f'map_size={self.map_size}, but the maps have size {size}: set map_size={size}.')


def sample_kernels(maps: torch.Tensor, grid: KernelGrid, normalize: bool = False) -> torch.Tensor:
    """Crop the kernels of each map (Eqs. 2 and 3): (B, C, h, w) -> (B, K, C, kh * kw).

    Args:
        maps: (B, C, h, w).
        grid: Where kernels are cropped.
        normalize: Scale each kernel to unit length.

    Example:
        >>> grid = KernelGrid(map_size=(3, 2), kernel_size=(2, 1))
        >>> sample_kernels(torch.arange(6.0).view(1, 1, 3, 2), grid).squeeze().tolist()
        [[0.0, 2.0], [1.0, 3.0], [2.0, 4.0], [3.0, 5.0]]
    """
    kernels = maps.flatten(2)[:, :, grid.kernels.to(maps.device)].transpose(1, 2)
    return F.normalize(kernels, dim=(2, 3)) if normalize else kernels
