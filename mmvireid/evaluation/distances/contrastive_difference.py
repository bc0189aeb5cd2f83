"""CCN's full scoring of two images (DSCSN + CCN, Sec. III-B), computed as a distance.

Each image x has values A(x), weights B(x) and a bias. The logit of x contrasted with y is the sum of
``|A(x) - A(y)| * B(x)`` over all elements, plus the bias of x. One pass over the elements of a pair gives both logits:
x contrasted with y, and y contrasted with x. Besides the descriptors, the memory holds only blocks of images.

Images of every storage type are packed in float32 tiles. The sum over one tile is float32, the sum over
tiles is float64. On the CPU the compiled loops of :mod:`.contrastive_loops` compute the sums. Without numba, and on
other devices, torch computes them by broadcasting.
"""

import math
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from mmvireid.utils.row_blocks import map_row_blocks, row_blocks

# Elements of a tile. The values and weights of one query and four images (20 KiB) fit in a core's first cache.
TILE = 512
# Bytes of values and weights that are packed at a time to compute single pairs.
_PACKED_BYTES = 1 << 26


class ContrastiveDescriptors(NamedTuple):
    """Hold the descriptors of N images for the contrastive difference.

    Attributes:
        values: (N, D) values A, of any floating-point type.
        weights: (N, D) weights B.
        bias: (N,) bias of each image's logit.

    Example:
        >>> images = ContrastiveDescriptors(torch.zeros(5, 8), torch.ones(5, 8), torch.zeros(5).double())
        >>> contrastive_distance(images, images).shape
        torch.Size([5, 5])
    """

    values: Tensor
    weights: Tensor
    bias: Tensor


class _Blocks(NamedTuple):
    """Hold the block sizes of one implementation.

    Attributes:
        rows, columns: Queries and gallery images in one part of the distance matrix. One thread computes one part.
        images: Gallery images packed at a time.
        elements: Elements of each image packed at a time, a multiple of ``TILE``.
        pairs: Single pairs that one thread computes.
    """

    rows: int
    columns: int
    images: int
    elements: int
    pairs: int


class _Implementation(NamedTuple):
    """Hold two functions that sum both logits, as :mod:`.contrastive_loops` describes, and their block sizes."""

    add_all_pairs: Callable[[Tensor, Tensor, Tensor], None]
    add_listed_pairs: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], None]
    blocks: _Blocks


# The queries' tiles of a block (512 KiB) fit in a core's second cache. A thread needs about 20 MiB in all.
_COMPILED_BLOCKS = _Blocks(rows=128, columns=512, images=64, elements=8 * TILE, pairs=1 << 12)
# Broadcast differences and their products need 4 MiB per thread on the CPU, and 1 GiB on a GPU.
_BROADCAST_BLOCKS = _Blocks(rows=32, columns=512, images=32, elements=TILE, pairs=1 << 9)
_GPU_BLOCKS = _Blocks(rows=512, columns=4096, images=256, elements=2 * TILE, pairs=1 << 15)


def contrastive_distance(
    query: ContrastiveDescriptors, gallery: ContrastiveDescriptors, advance: Callable[[int], None] = lambda _: None
) -> Tensor:
    """Compute ``-log(1 - D)`` for all pairs. D is the mean of the sigmoids of a pair's two logits.

    With the compiled loops, a pair's digits do not depend on blocks, threads, other images, or the image that is the
    query.

    Args:
        query: Descriptors of Q images.
        gallery: Descriptors of G images, on the same device.
        advance: Called with the number of newly finished pairs, from any thread.

    Returns:
        (Q, G) float64, see :func:`distance_from_logits`. D is ``1 - exp(-distance)``.

    Example:
        Values 0 and 2 differ by 2. The logit of image 0 is 2 * 0.5 - 1 = 0, and the logit of image 1 as well.

        >>> images = ContrastiveDescriptors(
        ...     torch.tensor([[0.0], [2.0]]), torch.tensor([[0.5], [0.5]]), torch.tensor([-1.0, -1.0]).double()
        ... )
        >>> (1 - (-contrastive_distance(images, images)).exp()).round(decimals=3).tolist()
        [[0.269, 0.5], [0.5, 0.269]]
    """
    distmat = query.bias.new_empty(len(query.bias), len(gallery.bias), dtype=torch.float64)
    loops = _choose_implementation(distmat.device)
    blocks = loops.blocks
    parts = _parts(*distmat.shape, blocks)

    def fill(number: slice) -> None:
        rows, columns = parts[number.start]
        sums = distmat.new_zeros(*distmat[rows, columns].shape, 2)
        query_memory, memory = (_memory(n, blocks.elements, sums.device) for n in (blocks.rows, blocks.images))
        for elements in row_blocks(query.values.shape[1], blocks.elements):
            query_tiles = _tiles(query_memory, len(sums), elements)
            _pack(query, rows, elements, query_tiles)
            for some in row_blocks(sums.shape[1], blocks.images):
                tiles = _tiles(memory, some.stop - some.start, elements)
                _pack(gallery, slice(columns.start + some.start, columns.start + some.stop), elements, tiles)
                loops.add_all_pairs(query_tiles, tiles, sums[:, some])
        bias = torch.broadcast_tensors(query.bias[rows, None], gallery.bias[columns])
        distmat[rows, columns] = distance_from_logits(*(sums + torch.stack(bias, dim=2)).unbind(2))
        advance(sums.shape[0] * sums.shape[1])

    map_row_blocks(fill, len(parts), 1, distmat.device)
    return distmat


def contrastive_pair_distances(
    query: ContrastiveDescriptors, gallery: ContrastiveDescriptors, rows: Tensor, columns: Tensor
) -> Tensor:
    """Compute :func:`contrastive_distance` for some pairs only. The compiled loops give the same digits.

    Args:
        query: Descriptors of Q images.
        gallery: Descriptors of G images, on the same device.
        rows: (n,) int64, the query of each pair.
        columns: (n,) int64, the gallery image of each pair.

    Returns:
        (n,) float64.

    Example:
        >>> images = ContrastiveDescriptors(torch.zeros(5, 8), torch.ones(5, 8), torch.zeros(5).double())
        >>> contrastive_pair_distances(images, images, torch.tensor([0, 4]), torch.tensor([1, 4])).shape
        torch.Size([2])
    """
    device = query.bias.device
    loops = _choose_implementation(device)
    used_rows, rows = rows.to(device).unique(return_inverse=True)
    used_columns, columns = columns.to(device).unique(return_inverse=True)
    # Sort pairs by groups of gallery images, then by query. The tiles of one group stay in a core's second cache.
    order = (columns // loops.blocks.rows * len(used_rows) + rows).argsort(stable=True)
    rows, columns = rows[order], columns[order]
    sums = torch.zeros(len(rows), 2, dtype=torch.float64, device=device)
    tile_bytes = 8 * TILE * (len(used_rows) + len(used_columns))
    num_elements = min(loops.blocks.elements, TILE * max(1, _PACKED_BYTES // max(1, tile_bytes)))
    sides = [
        (images, used, _memory(len(used), num_elements, device))
        for images, used in ((query, used_rows), (gallery, used_columns))
    ]
    for elements in row_blocks(query.values.shape[1], num_elements):
        query_tiles, gallery_tiles = (
            _pack_in_threads(images, used, elements, memory, loops.blocks.images) for images, used, memory in sides
        )

        def fill(some: slice, tiles: tuple[Tensor, ...] = (query_tiles, gallery_tiles)) -> None:
            loops.add_listed_pairs(*tiles, rows[some], columns[some], sums[some])

        map_row_blocks(fill, len(rows), loops.blocks.pairs, device)
    logits = sums + torch.stack([query.bias[used_rows][rows], gallery.bias[used_columns][columns]], dim=1)
    distances = torch.empty_like(sums[:, 0])
    distances[order] = distance_from_logits(*logits.unbind(1))
    return distances


def distance_from_logits(first: Tensor, second: Tensor) -> Tensor:
    """Compute ``-log(1 - D)`` from the two logits of each pair, float64 tensors of one shape.

    The distance is at least 0 and grows with D. If D rounds to 1, the distance still grows with the lower logit. Near 0
    the distance equals D, down to D = 5e-324, the value for two logits of -744.

    Example:
        >>> logits = torch.tensor([0.0, 100.0, 200.0]).double()  # D = 0.5, 1 and 1
        >>> distance_from_logits(logits, logits).round(decimals=3).tolist()
        [0.693, 100.0, 200.0]
    """
    # exp, log1p and expm1 of torch do not depend on an element's place in memory. softplus and logaddexp do.
    first, second = (logit.clamp(min=0) + torch.log1p(torch.exp(-logit.abs())) for logit in (first, second))
    return torch.minimum(first, second) - torch.log1p(torch.expm1(-(first - second).abs()) / 2)


def _parts(num_query: int, num_gallery: int, blocks: _Blocks) -> list[tuple[slice, slice]]:
    """Divide the distance matrix into blocks of rows and columns, at least two blocks per thread if possible."""
    rows = row_blocks(num_query, blocks.rows)
    columns = max(blocks.images, min(blocks.columns, len(rows) * num_gallery // (2 * torch.get_num_threads())))
    return list(product(rows, row_blocks(num_gallery, columns)))


@cache
def compiled_loops() -> _Implementation | Exception:
    """Compile the loops with numba at the first call.

    Returns:
        The loops, or the exception that prevents their compilation.

    Example:
        >>> 'slow' if isinstance(compiled_loops(), Exception) else 'fast'
        '...'
    """
    try:
        from . import contrastive_loops as loops
    except Exception as error:  # numba is missing, does not support this NumPy, or cannot compile for this processor
        return error
    return _Implementation(_on_arrays(loops.add_all_pairs), _on_arrays(loops.add_listed_pairs), _COMPILED_BLOCKS)


def _on_arrays(loop: Callable[..., None]) -> Callable[..., None]:
    return lambda *tensors: loop(*(tensor.numpy() for tensor in tensors))


def _choose_implementation(device: torch.device) -> _Implementation:
    if device.type != 'cpu':
        return _Implementation(_add_all_pairs, _add_listed_pairs, _GPU_BLOCKS)
    compiled = compiled_loops()
    if isinstance(compiled, _Implementation):
        return compiled
    return _Implementation(_add_all_pairs, _add_listed_pairs, _BROADCAST_BLOCKS)


def _memory(num_images: int, num_elements: int, device: torch.device) -> Tensor:
    """Allocate memory for packed images once. A new allocation of megabytes can take longer than packing them."""
    return torch.empty(-(-num_elements // TILE) * num_images * 2 * TILE, dtype=torch.float32, device=device)


def _tiles(memory: Tensor, num_images: int, elements: slice) -> Tensor:
    """View the beginning of the memory as (T, n, 2, TILE), for some elements of some images."""
    shape = -(-(elements.stop - elements.start) // TILE), num_images, 2, TILE
    return memory[: math.prod(shape)].view(shape)


def _pack(images: ContrastiveDescriptors, which: slice | Tensor, elements: slice, tiles: Tensor) -> None:
    """Write some elements of some images to ``tiles`` (T, n, 2, TILE). Zeros follow the last element."""
    missing = -(elements.stop - elements.start) % TILE
    for place, numbers in enumerate((images.values, images.weights)):
        chosen = numbers[:, elements][which]
        whole = torch.constant_pad_nd(chosen, (0, missing)) if missing else chosen
        tiles[:, :, place] = whole.unflatten(1, (-1, TILE)).transpose(0, 1)


def _pack_in_threads(
    images: ContrastiveDescriptors, which: Tensor, elements: slice, memory: Tensor, images_at_a_time: int
) -> Tensor:
    tiles = _tiles(memory, len(which), elements)
    map_row_blocks(
        lambda some: _pack(images, which[some], elements, tiles[:, some]), len(which), images_at_a_time, tiles.device
    )
    return tiles


def _add_all_pairs(query: Tensor, images: Tensor, sums: Tensor) -> None:
    query, images = query[:, :, None], images[:, None]
    gap = (query[:, :, :, 0] - images[:, :, :, 0]).abs_()
    for place, side in enumerate((query, images)):
        sums[..., place] += (gap * side[:, :, :, 1]).sum(dim=3).sum(dim=0, dtype=torch.float64)


def _add_listed_pairs(query: Tensor, images: Tensor, rows: Tensor, columns: Tensor, sums: Tensor) -> None:
    query, images = query[:, rows], images[:, columns]
    gap = (query[:, :, 0] - images[:, :, 0]).abs_()
    for place, side in enumerate((query, images)):
        sums[:, place] += (gap * side[:, :, 1]).sum(dim=2).sum(dim=0, dtype=torch.float64)
