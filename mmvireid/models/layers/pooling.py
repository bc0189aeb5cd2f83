"""Pooling of feature maps, globally or by horizontal part, in float32 whatever the maps' precision."""

import math
from collections.abc import Callable

import torch
from torch import nn

GEM_EPS = 1e-12  # added to the mean of the powers: an empty map pools to eps ** (1 / p)
MIN_ACTIVATION = 1e-6  # its logarithm is finite; smaller activations have no gradient


def global_avg_pool(feature_map: torch.Tensor) -> torch.Tensor:
    """Average over all positions: (B, C, h, w) -> (B, C) float32."""
    return feature_map.mean(dim=(2, 3), dtype=torch.float32)


def global_max_pool(feature_map: torch.Tensor) -> torch.Tensor:
    """Maximum over all positions: (B, C, h, w) -> (B, C) float32; equal maxima share the gradient."""
    return feature_map.amax(dim=(2, 3)).float()


def global_gem_pool(feature_map: torch.Tensor, p: float | torch.Tensor) -> torch.Tensor:
    """Generalized mean over all positions, (mean(x^p) + eps)^(1/p): (B, C, h, w) -> (B, C) float32.

    The formula of Radenovic et al., Fine-tuning CNN image retrieval with no human annotation, 2018 (HcTri, Eq. 2),
    with the eps of its release. The powers stay logarithms: at p = 10, 1e4 to the p does not fit into float32, and
    activations of a well-behaved map differ by more than its range.

    Args:
        feature_map: Activations; negative ones count as 0.
        p: Exponent > 0, a number or a tensor of one element: 1 averages, a large one approaches the maximum.
    """
    height, width = feature_map.shape[2:]
    log_powers = p * feature_map.float().clamp(min=MIN_ACTIVATION).log()
    log_mean = log_powers.logsumexp(dim=(2, 3)) - math.log(height * width)
    log_eps = log_mean.new_full((), math.log(GEM_EPS))
    return (torch.logaddexp(log_mean, log_eps) / p).exp()


def part_pool(
    feature_map: torch.Tensor, num_parts: int, pool: Callable[[torch.Tensor], torch.Tensor] = global_avg_pool
) -> torch.Tensor:
    """Pool each of P horizontal strips: (B, C, h, w) -> (B, P, C) float32.

    Strip p has the rows floor(p h / P) to ceil((p + 1) h / P), as in adaptive pooling: neighbors may share a row
    where P does not divide h.

    Args:
        feature_map: Maps.
        num_parts: P.
        pool: What to do with a strip (B, C, rows, w) -> (B, C).
    """
    height = feature_map.shape[2]
    bounds = [(p * height // num_parts, -(-(p + 1) * height // num_parts)) for p in range(num_parts)]
    return torch.stack([pool(feature_map[:, :, start:stop]) for start, stop in bounds], dim=1)


class GlobalPooling(nn.Module):
    """The pooling that a neck's options ask for: maps (B, C, h, w) to vectors (B, C) float32.

    Args:
        pooling: ``'avg'``, ``'max'`` or ``'gem'``, see :func:`global_gem_pool`.
        p: Exponent of ``'gem'``; the other two have none.
        learn_p: Start at ``p`` and learn it. Keep it out of weight decay, which pulls it towards 0.
    """

    POOLINGS = ('avg', 'gem', 'max')

    def __init__(self, pooling: str = 'avg', p: float = 3.0, learn_p: bool = False) -> None:
        super().__init__()
        if pooling not in self.POOLINGS:
            raise ValueError(f"model.neck.pooling must be one of {self.POOLINGS}, got '{pooling}'.")
        if learn_p and pooling != 'gem':
            raise ValueError(f"model.neck.learn_p=True needs model.neck.pooling='gem': '{pooling}' has no p.")
        if p <= 0:
            raise ValueError(f'model.neck.p must be positive, got {p}.')
        self.pooling = pooling
        self.p = nn.Parameter(torch.tensor([float(p)])) if learn_p else float(p)

    def forward(self, feature_map: torch.Tensor) -> torch.Tensor:
        if self.pooling == 'gem':
            return global_gem_pool(feature_map, self.p)
        return global_max_pool(feature_map) if self.pooling == 'max' else global_avg_pool(feature_map)

    def extra_repr(self) -> str:
        exponent = f', p={float(self.p):g}' if self.pooling == 'gem' else ''
        return f'{self.pooling}{exponent}'
