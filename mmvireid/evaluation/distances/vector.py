"""Distance matrices between two sets of feature vectors, the same to the last bit wherever they are computed.

The sums of a matrix product are rounded in an order that depends on its shape, on the number of threads and on the
device: two equal gallery vectors can come out at distances that differ in the last bits, and the one that is ranked
first is then a matter of chance. Here nothing is rounded inside a sum. Features are first written as whole numbers of
44 bits, in units of about 2^-44 of the length of each vector, and these as a high part of 26 bits and a low one of 18.
The products of parts and their sums are whole numbers below 2^53, which float64 holds exactly (for vectors of up to
100,000 elements). What follows treats each pair of images alike and is rounded as IEEE 754 says. Hence

- equal features have equal distances, and ties are left to the order of the gallery;
- the distance of two vectors does not depend on which one is the query, and that of equal vectors is 0;
- blocks, threads, CPU and GPU do not show.

A float32 number has 24 bits: it is moved only where it is some 2^20 times smaller than its vector's length.
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
_COSINE_GRID = 2.0**-50  # coarser than the rounding of what follows the sums


class _WholeNumbers(NamedTuple):
    """Vectors as ``(high * 2^18 + low) * unit``.

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
    """One minus the cosine of the angle between two vectors.

    Args:
        query: Features of shape (Q, D), of any length.
        gallery: Features of shape (G, D).

    Returns:
        float64 distances of shape (Q, G) in [0, 2], with an error of about 1e-14; a zero vector is at distance 1
        from everything.
    """
    query, gallery = _whole_numbers(query), _whole_numbers(gallery)
    query_scale = _inverse_length(query)
    gallery_scale = _inverse_length(gallery).T / -_COSINE_GRID

    def finish(products: Tensor, scratch: Tensor, rows: slice) -> None:
        products *= torch.mul(query_scale[rows], gallery_scale, out=scratch)
        products.add_(1 / _COSINE_GRID).round_().mul_(_COSINE_GRID).clamp_(0, 2)

    return _matrix(query, gallery, finish)


def euclidean_distance(query: Tensor, gallery: Tensor) -> Tensor:
    """Unsquared Euclidean distance, through ``|q|^2 + |g|^2 - 2 q.g``.

    Args:
        query: Features of shape (Q, D).
        gallery: Features of shape (G, D).

    Returns:
        float64 distances of shape (Q, G), not negative, 0 for equal vectors; the error of a squared distance is about
        1e-14 of the longer vector's squared length.
    """
    query, gallery = _whole_numbers(query), _whole_numbers(gallery)
    query_squared, gallery_squared = (numbers.squared * numbers.unit.square() for numbers in (query, gallery))

    def finish(products: Tensor, scratch: Tensor, rows: slice) -> None:
        products *= torch.mul(query.unit[rows], -2 * gallery.unit.T, out=scratch)
        products += torch.add(query_squared[rows], gallery_squared.T, out=scratch)
        products.clamp_(min=0).sqrt_()

    return _matrix(query, gallery, finish)


def _whole_numbers(features: Tensor) -> _WholeNumbers:
    features = features.detach().double()
    # Numbers near 1, lest squares leave float64's range.
    exponent = torch.frexp(features.abs().amax(dim=1, keepdim=True)).exponent.clamp(-1000, 1000)
    features = torch.ldexp(features, -exponent)
    # A unit from 3/4 of the length: lengths of nearly 1 are common, and must not fall to one unit or another by chance.
    length = torch.linalg.vector_norm(features, dim=1, keepdim=True).mul_(0.75).clamp_(min=0.25)
    unit = length / torch.frexp(length).mantissa * 2.0**-_BITS
    values = (features / unit).round_()
    high = (values * 2.0**-_LOW_BITS).round_()
    low = values - high * 2.0**_LOW_BITS
    squared = _join(*((a * b).sum(dim=1, keepdim=True) for a, b in ((high, high), (2 * high, low), (low, low))))
    return _WholeNumbers(high, low, torch.ldexp(unit, exponent), squared)


def _join(high: Tensor, crossed: Tensor, low: Tensor) -> Tensor:
    """The sum of the products of high with high parts, high with low and low with low; takes the place of the last."""
    return low.add_(crossed.add_(high, alpha=2.0**_LOW_BITS), alpha=2.0**_LOW_BITS)


def _inverse_length(numbers: _WholeNumbers) -> Tensor:
    return numbers.squared.sqrt().clamp_(min=1).reciprocal_()


def _matrix(query: _WholeNumbers, gallery: _WholeNumbers, finish: Callable[[Tensor, Tensor, slice], None]) -> Tensor:
    """Dot products of all pairs, made distances by ``finish(products, scratch, rows)`` a block of rows at a time."""
    both = torch.cat([query.high, query.low], dim=1)
    crosswise = torch.cat([gallery.low, gallery.high], dim=1).T
    gallery_high, gallery_low = gallery.high.T, gallery.low.T
    distances = both.new_empty(len(query.high), len(gallery.high))

    def fill(rows: slice) -> None:
        products = torch.mm(query.low[rows], gallery_low, out=distances[rows])
        crossed = torch.mm(both[rows], crosswise)
        scratch = torch.mm(query.high[rows], gallery_high)
        finish(_join(scratch, crossed, products), scratch, rows)

    map_row_blocks(fill, len(distances), fast_rows(distances.shape[1], distances.device), distances.device)
    return distances


@DISTANCES.register_module()
class CosineDistance(BaseDistance):
    """One minus the cosine of two features: half the squared Euclidean distance of the features at unit length."""

    name = 'cosine'
    is_squared = True

    def __call__(self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor]) -> Tensor:
        return cosine_distance(query['feature'], gallery['feature'])


@DISTANCES.register_module()
class EuclideanDistance(BaseDistance):
    """Unsquared Euclidean distance of two features."""

    name = 'euclidean'

    def __call__(self, query: Mapping[str, Tensor], gallery: Mapping[str, Tensor]) -> Tensor:
        return euclidean_distance(query['feature'], gallery['feature'])
