"""Distance matrices between two sets of feature vectors, the same to the last bit wherever they are computed.

The sums of a matrix product are rounded in an order that depends on its shape, on the number of threads and on the
device: two equal gallery vectors can come out at distances that differ in the last bits, and the one that is ranked
first is then a matter of chance. Here nothing is rounded inside a sum. Features are first written as whole numbers of
32 bits, in units of about 2^-32 of the length of each vector. A query is split into a number of 20 bits and a rest of
12, so that all products and their sums are whole numbers below 2^53, which float64 holds exactly (for vectors of up to
500,000 elements). What follows treats each pair of images alike and is rounded as IEEE 754 says. Hence

- equal features have equal distances, and ties are left to the order of the gallery;
- the distance of two vectors does not depend on which one is the query, and that of equal vectors is 0;
- blocks, threads, CPU and GPU do not show.

Moving each element by at most 2^-32 of its vector's length is less than rounding features to float32 does to most.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from .row_blocks import fast_rows, map_row_blocks

_BITS = 32
_LOW_BITS = 12
_COSINE_GRID = 2.0**-42


class _WholeNumbers(NamedTuple):
    """Vectors as ``values * unit``.

    Attributes:
        values: (N, D) float64, whole numbers of up to 33 bits.
        unit: (N, 1) powers of two.
        squared: (N, 1) squared length of ``values``.
    """

    values: Tensor
    unit: Tensor
    squared: Tensor


def cosine_distance(query: Tensor, gallery: Tensor) -> Tensor:
    """One minus the cosine of the angle between two vectors.

    Args:
        query: Features of shape (Q, D), of any length.
        gallery: Features of shape (G, D).

    Returns:
        float64 distances of shape (Q, G) in [0, 2], multiples of 2^-42, with an error of about 1e-10; a zero vector is
        at distance 1 from everything.
    """
    query, gallery = _whole_numbers(query), _whole_numbers(gallery)
    query_scale = _inverse_length(query)
    gallery_scale = _inverse_length(gallery).T / -_COSINE_GRID

    def finish(products: Tensor, scratch: Tensor, rows: slice) -> None:
        products *= torch.mul(query_scale[rows], gallery_scale, out=scratch)
        products.add_(1 / _COSINE_GRID).round_().mul_(_COSINE_GRID)

    return _matrix(query, gallery, finish)


def euclidean_distance(query: Tensor, gallery: Tensor) -> Tensor:
    """Unsquared Euclidean distance, through ``|q|^2 + |g|^2 - 2 q.g``.

    Args:
        query: Features of shape (Q, D).
        gallery: Features of shape (G, D).

    Returns:
        float64 distances of shape (Q, G), not negative, with an error of about 1e-10 of the longer vector's length
        (times the root of D for vectors that nearly coincide); 0 for equal vectors.
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
    # A unit from 3/4 of the length: lengths of nearly 1 are common, and must not fall to one unit or another by chance.
    length = torch.linalg.vector_norm(features, dim=1, keepdim=True).mul_(0.75).clamp_(min=1e-250)
    unit = length / torch.frexp(length).mantissa * 2.0**-_BITS
    values = (features / unit).round_()
    high, low = _split(values)
    squared = _join((high * values).sum(dim=1, keepdim=True), (low * values).sum(dim=1, keepdim=True))
    return _WholeNumbers(values, unit, squared)


def _split(values: Tensor) -> tuple[Tensor, Tensor]:
    high = (values * 2.0**-_LOW_BITS).round_()
    return high, values - high * 2.0**_LOW_BITS


def _join(high: Tensor, low: Tensor) -> Tensor:
    return low.add_(high, alpha=2.0**_LOW_BITS)


def _inverse_length(numbers: _WholeNumbers) -> Tensor:
    return numbers.squared.sqrt().clamp_(min=1).reciprocal_()


def _matrix(query: _WholeNumbers, gallery: _WholeNumbers, finish: Callable[[Tensor, Tensor, slice], None]) -> Tensor:
    """Dot products of all pairs, made distances by ``finish(products, scratch, rows)`` a block of rows at a time."""
    high, low = _split(query.values)
    transposed = gallery.values.T
    distances = low.new_empty(len(low), len(gallery.values))

    def fill(rows: slice) -> None:
        products = torch.mm(low[rows], transposed, out=distances[rows])
        scratch = torch.mm(high[rows], transposed)
        finish(_join(scratch, products), scratch, rows)

    map_row_blocks(fill, len(distances), fast_rows(distances.shape[1], distances.device), distances.device)
    return distances
