"""Global pooling and part pooling of feature maps. The result is float32 for maps of any precision."""

import math
from collections.abc import Callable

import torch
from torch import nn

GEM_EPS = 1e-12  # added to the mean of the powers: a map of zeros pools to eps ** (1 / p)
MIN_ACTIVATION = 1e-6  # keeps the logarithm finite; smaller activations have no gradient


def global_avg_pool(feature_map: torch.Tensor) -> torch.Tensor:
    """Average over all positions: (B, C, h, w) -> (B, C) float32.

    Example:
        >>> global_avg_pool(torch.tensor([[[[1.0, 2.0], [3.0, 6.0]]]])).tolist()
        [[3.0]]
    """
    return feature_map.mean(dim=(2, 3), dtype=torch.float32)


def global_max_pool(feature_map: torch.Tensor) -> torch.Tensor:
    """Take the maximum over all positions: (B, C, h, w) -> (B, C) float32. Equal maxima share the gradient.

    Example:
        >>> global_max_pool(torch.tensor([[[[1.0, 2.0], [3.0, 6.0]]]])).tolist()
        [[6.0]]
    """
    return feature_map.amax(dim=(2, 3)).float()


def part_pool(
    feature_map: torch.Tensor, num_parts: int, pool: Callable[[torch.Tensor], torch.Tensor] = global_avg_pool
) -> torch.Tensor:
    """Pool each of P horizontal strips: (B, C, h, w) -> (B, P, C) float32.

    Strip p has the rows from floor(p h / P) to ceil((p + 1) h / P), as in adaptive pooling. If P does not divide h,
    neighboring strips may share a row.

    Args:
        feature_map: Maps (B, C, h, w).
        num_parts: P.
        pool: Function that pools a strip (B, C, rows, w) to (B, C).

    Example:
        >>> rows = torch.tensor([1.0, 2.0, 3.0]).view(1, 1, 3, 1)
        >>> part_pool(rows, num_parts=3).tolist()
        [[[1.0], [2.0], [3.0]]]
        >>> part_pool(rows, num_parts=2).tolist()
        [[[1.5], [2.5]]]
    """
    height = feature_map.shape[2]
    bounds = [(p * height // num_parts, -(-(p + 1) * height // num_parts)) for p in range(num_parts)]
    return torch.stack([pool(feature_map[:, :, start:stop]) for start, stop in bounds], dim=1)


class GlobalPooling(nn.Module):
    """Pool maps (B, C, h, w) to vectors (B, C) float32 with the pooling of a neck's options.

    ``'gem'`` is the generalized mean (mean(x^p) + eps)^(1/p), where negative activations count as 0. The formula is
    from Radenovic et al., Fine-tuning CNN image retrieval with no human annotation, 2018 (HcTri, Eq. 2). The eps
    comes from that paper's released code.

    Args:
        pooling: ``'avg'``, ``'max'`` or ``'gem'``.
        p: Exponent of ``'gem'``, > 0. 1 gives the average, and a large p approaches the maximum.
        learn_p: Start at ``p`` and learn the exponent. Exclude it from weight decay, which pulls it towards 0.

    Raises:
        ValueError: ``pooling`` is another word, ``learn_p`` is used without ``'gem'``, or ``p`` is not positive.

    Example:
        >>> maps = torch.tensor([[[[1.0, 2.0], [3.0, 6.0]]]])
        >>> [round(GlobalPooling(pooling)(maps).item(), 3) for pooling in ('avg', 'gem', 'max')]
        [3.0, 3.979, 6.0]
    """

    POOLINGS = ('avg', 'gem', 'max')

    def __init__(self, pooling: str = 'avg', p: float = 3.0, learn_p: bool = False) -> None:
        super().__init__()
        if pooling not in self.POOLINGS:
            raise ValueError(f"pooling must be one of {self.POOLINGS}, got '{pooling}'.")
        if learn_p and pooling != 'gem':
            raise ValueError(f"learn_p=True needs pooling='gem': '{pooling}' has no p.")
        if p <= 0:
            raise ValueError(f'p must be positive, got {p}.')
        self.pooling = pooling
        self.p = nn.Parameter(torch.tensor([float(p)])) if learn_p else float(p)

    def forward(self, feature_map: torch.Tensor) -> torch.Tensor:
        if self.pooling == 'gem':
            return _global_gem_pool(feature_map, self.p)
        return global_max_pool(feature_map) if self.pooling == 'max' else global_avg_pool(feature_map)

    def extra_repr(self) -> str:
        exponent = f', p={float(self.p):g}' if self.pooling == 'gem' else ''
        return f'{self.pooling}{exponent}'


def _global_gem_pool(feature_map: torch.Tensor, p: float | torch.Tensor) -> torch.Tensor:
    """Compute (mean(x^p) + eps)^(1/p) over all positions: (B, C, h, w) -> (B, C) float32.

    The powers are computed as logarithms, because they do not fit into float32: 1e4 to the power of 10 is 1e40, and
    small activations underflow.
    """
    height, width = feature_map.shape[2:]
    log_powers = p * feature_map.float().clamp(min=MIN_ACTIVATION).log()
    log_mean = log_powers.logsumexp(dim=(2, 3)) - math.log(height * width)
    log_eps = log_mean.new_full((), math.log(GEM_EPS))
    return (torch.logaddexp(log_mean, log_eps) / p).exp()
