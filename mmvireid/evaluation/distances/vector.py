"""Cosine and Euclidean distance matrices that have the same bits wherever they are computed.

A usual matrix product rounds its sums in an order that depends on its shape, the number of threads and the device. Two
equal gallery vectors can then get distances that differ in the last bits, and chance decides which one ranks first.

Here no sum is rounded:

1. Each vector is written in whole numbers of 44 bits. The unit is about 2^-44 of the vector's length.
2. Each whole number is divided into a high part of 26 bits and a low part of 18 bits.
3. Products of parts, and their sums, are whole numbers below 2^53. float64 holds them exactly for vectors of up to
   100,000 elements.
4. The remaining steps treat each pair of images alike, and round as IEEE 754 defines.

The consequences:

- Equal features have equal distances, so the gallery order decides ties.
- The distance of two vectors does not depend on which one is the query. Equal vectors have distance 0.
- Blocks, threads, CPU and GPU do not change any bit.

A float32 number has 24 bits. Rounding to whole numbers changes it only if it is about 2^20 times smaller than its
vector's length.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from mmvireid.registry import DISTANCES
from mmvireid.utils.row_blocks import fast_rows, map_row_blocks

from .base import BaseDistance

_BITS = 44
_LOW_BITS = 18
_COSINE_GRID = 2.0**-50  # coarser than the rounding errors of the steps after the sums


class _WholeNumbers(NamedTuple):
    """Hold vectors as ``(high * 2^18 + low) * unit``.

    Attributes:
        high: (N, D) float64, whole numbers of up to 27 bits.
        low: (N, D) float64, whole numbers of up to 18 bits.
        unit: (N, 1) powers of two.
        squared: (N, 1) squared length, in units.
    """

    high: Tensor
    low: Tensor
    unit: Tensor
    squared: Tensor


def cosine_distance(query: Tensor, gallery: Tensor) -> Tensor:
    """Compute one minus the cosine of the angle between each query and each gallery vector.

    Args:
        query: Features of shape (Q, D), of any length.
        gallery: Features of shape (G, D), of any length.

    Returns:
        (Q, G) float64 in [0, 2], with an error of about 1e-14. A zero vector has distance 1 to every vector.

    Example:
        >>> cosine_distance(torch.tensor([[2.0, 0.0]]), torch.tensor([[5.0, 0.0], [0.0, 3.0], [-1.0, 0.0]])).tolist()
        [[0.0, 1.0, 2.0]]
    """
    query, gallery = _whole_numbers(query), _whole_numbers(gallery)
    query_scale = _inverse_length(query)
    gallery_scale = _inverse_length(gallery).T / -_COSINE_GRID

    def finish(products: Tensor, scratch: Tensor, rows: slice) -> None:
        products *= torch.mul(query_scale[rows], gallery_scale, out=scratch)
        products.add_(1 / _COSINE_GRID).round_().mul_(_COSINE_GRID).clamp_(0, 2)

    return _distmat(query, gallery, finish)


def euclidean_distance(query: Tensor, gallery: Tensor) -> Tensor:
    """Compute the unsquared Euclidean distance of all pairs as the root of ``|q|^2 + |g|^2 - 2 q.g``.

    Args:
        query: Features of shape (Q, D).
        gallery: Features of shape (G, D).

    Returns:
        (Q, G) float64, not negative, and 0 for equal vectors. The error of a squared distance is about 1e-14 of the
        longer vector's squared length.

    Example:
        >>> euclidean_distance(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 0.0]])).tolist()
        [[5.0, 0.0]]
    """
    query, gallery = _whole_numbers(query), _whole_numbers(gallery)
    query_squared, gallery_squared = (numbers.squared * numbers.unit.square() for numbers in (query, gallery))

    def finish(products: Tensor, scratch: Tensor, rows: slice) -> None:
        products *= torch.mul(query.unit[rows], -2 * gallery.unit.T, out=scratch)
        products += torch.add(query_squared[rows], gallery_squared.T, out=scratch)
        products.clamp_(min=0).sqrt_()

    return _distmat(query, gallery, finish)


def _whole_numbers(features: Tensor) -> _WholeNumbers:
    features = features.detach().double()
    # Scale all numbers to about 1, so that squares stay in the range of float64.
    exponent = torch.frexp(features.abs().amax(dim=1, keepdim=True)).exponent.clamp(-1000, 1000)
    features = torch.ldexp(features, -exponent)
    # Many vectors have a length of about 1. The factor 3/4 gives all of them the same power of two.
    length = torch.linalg.vector_norm(features, dim=1, keepdim=True).mul_(0.75).clamp_(min=0.25)
    unit = length / torch.frexp(length).mantissa * 2.0**-_BITS
    values = (features / unit).round_()
    high = (values * 2.0**-_LOW_BITS).round_()
    low = values - high * 2.0**_LOW_BITS
    squared = _join(*((a * b).sum(dim=1, keepdim=True) for a, b in ((high, high), (2 * high, low), (low, low))))
    return _WholeNumbers(high, low, torch.ldexp(unit, exponent), squared)


def _join(high: Tensor, crossed: Tensor, low: Tensor) -> Tensor:
    """Add the products high x high, high x low and low x low, each in its unit. The result overwrites ``low``."""
    return low.add_(crossed.add_(high, alpha=2.0**_LOW_BITS), alpha=2.0**_LOW_BITS)


def _inverse_length(numbers: _WholeNumbers) -> Tensor:
    return numbers.squared.sqrt().clamp_(min=1).reciprocal_()


def _distmat(query: _WholeNumbers, gallery: _WholeNumbers, finish: Callable[[Tensor, Tensor, slice], None]) -> Tensor:
    """Compute the dot products of all pairs; ``finish(products, scratch, rows)`` turns them into distances in place."""
    both = torch.cat([query.high, query.low], dim=1)
    crosswise = torch.cat([gallery.low, gallery.high], dim=1).T
    gallery_high, gallery_low = gallery.high.T, gallery.low.T
    distmat = both.new_empty(len(query.high), len(gallery.high))

    def fill(rows: slice) -> None:
        products = torch.mm(query.low[rows], gallery_low, out=distmat[rows])
        crossed = torch.mm(both[rows], crosswise)
        scratch = torch.mm(query.high[rows], gallery_high)
        finish(_join(scratch, crossed, products), scratch, rows)

    map_row_blocks(fill, len(distmat), fast_rows(distmat.shape[1], distmat.device), distmat.device)
    return distmat


@DISTANCES.register_module()
class CosineDistance(BaseDistance):
    """Compute one minus the cosine of two features.

    For normalized features, this is half the squared Euclidean distance.

    Example:
        >>> distance = DISTANCES.build(dict(type='CosineDistance'))
        >>> distance({'feature': torch.tensor([[1.0, 0.0]])}, {'feature': torch.tensor([[0.0, 2.0]])}).tolist()
        [[1.0]]
    """

    name = 'cosine'
    is_squared = True

    def __call__(self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor]) -> Tensor:
        return cosine_distance(query['feature'], gallery['feature'])


@DISTANCES.register_module()
class EuclideanDistance(BaseDistance):
    """Compute the unsquared Euclidean distance of two features.

    Example:
        >>> distance = DISTANCES.build(dict(type='EuclideanDistance'))
        >>> distance({'feature': torch.zeros(1, 2)}, {'feature': torch.tensor([[3.0, 4.0]])}).tolist()
        [[5.0]]
    """

    name = 'euclidean'

    def __call__(self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor]) -> Tensor:
        return euclidean_distance(query['feature'], gallery['feature'])
