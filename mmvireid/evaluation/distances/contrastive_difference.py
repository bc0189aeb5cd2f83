"""CCN's difference of two images in full mode (DSCSN + CCN, Sec. III-B), at the price of a distance.

The logit of image x contrasted with image y is the sum over all elements of ``|A(x) - A(y)| * B(x)``, plus a bias: A,
the values, and B, their weights, are of one image alone. One pass over the elements of a pair gives both logits, that
of x and that of y; nothing larger than a block of images is ever held besides the descriptors.

Images are packed for it tile by tile, in float32 whatever they are stored in. A tile's part of a logit is summed in
float32, the parts in float64. On the CPU this is done by the compiled loops of :mod:`.contrastive_loops`, where
numba is installed; else, and on other devices, by broadcasting in torch.
"""

import math
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from mmvireid.utils.row_blocks import map_row_blocks, row_blocks

# Elements of a tile: one query's and four images' values and weights (20 KiB) fit in a core's first cache.
TILE = 512
# Kernels and weights of images that are packed at a time to compute single pairs: bytes.
_PACKED_BYTES = 1 << 26


class ContrastiveDescriptors(NamedTuple):
    """What the contrastive difference has to know of N images.

    Attributes:
        values: A, (N, D), of any floating-point type.
        weights: B, (N, D).
        bias: What is added to each image's logit, (N,).
    """

    values: Tensor
    weights: Tensor
    bias: Tensor


class _Blocks(NamedTuple):
    """How much is worked on at a time.

    Attributes:
        rows, columns: Queries and gallery images of a part of the result, which one thread computes.
        images: Gallery images packed at a time.
        elements: Elements of each image packed at a time, a multiple of ``TILE``.
        pairs: Single pairs that one thread computes.
    """

    rows: int
    columns: int
    images: int
    elements: int
    pairs: int


class _Loops(NamedTuple):
    """A way to add the parts of both logits; ``matrix`` and ``pairs`` are as in :mod:`.contrastive_loops`."""

    matrix: Callable[[Tensor, Tensor, Tensor], None]
    pairs: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], None]
    blocks: _Blocks


# The queries' tiles of a block (512 KiB) fit in a core's second cache; a thread holds some 20 MiB in all.
_COMPILED_BLOCKS = _Blocks(rows=128, columns=512, images=64, elements=8 * TILE, pairs=1 << 12)
# Broadcast differences and their products: 4 MiB a thread on the CPU, 1 GiB on a GPU.
_BROADCAST_BLOCKS = _Blocks(rows=32, columns=512, images=32, elements=TILE, pairs=1 << 9)
_GPU_BLOCKS = _Blocks(rows=512, columns=4096, images=256, elements=2 * TILE, pairs=1 << 15)


def contrastive_distance(
    query: ContrastiveDescriptors, gallery: ContrastiveDescriptors, advance: Callable[[int], None] = lambda _: None
) -> Tensor:
    """``-log(1 - D)`` of all pairs, D being the mean of the sigmoids of a pair's two logits.

    With the compiled loops a pair's distance has the same digits whatever blocks, threads and other images there are,
    and whichever of the two is the query.

    Args:
        query: Of Q images.
        gallery: Of G images, on the same device.
        advance: Called now and then, from any thread, with the number of pairs done since.

    Returns:
        float64 (Q, G), see :func:`distance_from_logits`.
    """
    distances = query.bias.new_empty(len(query.bias), len(gallery.bias), dtype=torch.float64)
    loops = _loops(distances.device)
    blocks = loops.blocks
    parts = _parts(*distances.shape, blocks)

    def fill(number: slice) -> None:
        rows, columns = parts[number.start]
        sums = distances.new_zeros(*distances[rows, columns].shape, 2)
        query_memory, memory = (_memory(n, blocks.elements, sums.device) for n in (blocks.rows, blocks.images))
        for elements in row_blocks(query.values.shape[1], blocks.elements):
            query_tiles = _tiles(query_memory, len(sums), elements)
            _pack(query, rows, elements, query_tiles)
            for some in row_blocks(sums.shape[1], blocks.images):
                tiles = _tiles(memory, some.stop - some.start, elements)
                _pack(gallery, slice(columns.start + some.start, columns.start + some.stop), elements, tiles)
                loops.matrix(query_tiles, tiles, sums[:, some])
        bias = torch.broadcast_tensors(query.bias[rows, None], gallery.bias[columns])
        distances[rows, columns] = distance_from_logits(*(sums + torch.stack(bias, dim=2)).unbind(2))
        advance(sums.shape[0] * sums.shape[1])

    map_row_blocks(fill, len(parts), 1, distances.device)
    return distances


def contrastive_distance_of_pairs(
    query: ContrastiveDescriptors, gallery: ContrastiveDescriptors, rows: Tensor, columns: Tensor
) -> Tensor:
    """:func:`contrastive_distance` of some pairs only; with the compiled loops, the same digits.

    Args:
        query: Of Q images.
        gallery: Of G images, on the same device.
        rows: (n,) int64, each pair's query.
        columns: (n,) int64, its gallery image.

    Returns:
        float64 (n,).
    """
    device = query.bias.device
    loops = _loops(device)
    used_rows, rows = rows.to(device).unique(return_inverse=True)
    used_columns, columns = columns.to(device).unique(return_inverse=True)
    # Pairs of some neighboring gallery images, whose tiles stay in a core's second cache, query by query.
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
            loops.pairs(*tiles, rows[some], columns[some], sums[some])

        map_row_blocks(fill, len(rows), loops.blocks.pairs, device)
    logits = sums + torch.stack([query.bias[used_rows][rows], gallery.bias[used_columns][columns]], dim=1)
    distances = torch.empty_like(sums[:, 0])
    distances[order] = distance_from_logits(*logits.unbind(1))
    return distances


def distance_from_logits(first: Tensor, second: Tensor) -> Tensor:
    """``-log(1 - D)`` of the two logits of each pair, float64 tensors of one shape.

    At least 0, and grows with D: where D is 1 to the last digit it goes on as the lower logit does, and towards 0 it is
    D itself, down to D = 5e-324, which two logits of -744 have.
    """
    # Of what torch has, exp, log1p and expm1 do not depend on an element's place in memory; softplus and logaddexp do.
    first, second = (logit.clamp(min=0) + torch.log1p(torch.exp(-logit.abs())) for logit in (first, second))
    return torch.minimum(first, second) - torch.log1p(torch.expm1(-(first - second).abs()) / 2)


def difference_scores(distances: Tensor) -> Tensor:
    """CCN's D in [0, 1], 0 for the same person, from distances ``-log(1 - D)``."""
    return -torch.expm1(-distances)


def _parts(num_query: int, num_gallery: int, blocks: _Blocks) -> list[tuple[slice, slice]]:
    """Rows and columns of blocks of the result; of fewer columns where there would not be two for each thread."""
    rows = row_blocks(num_query, blocks.rows)
    columns = max(blocks.images, min(blocks.columns, len(rows) * num_gallery // (2 * torch.get_num_threads())))
    return list(product(rows, row_blocks(num_gallery, columns)))


@cache
def compiled_loops() -> _Loops | Exception:
    """The loops that numba compiles, at the first call; or what keeps it from that."""
    try:
        from . import contrastive_loops as loops
    except Exception as error:  # not installed, not made for this NumPy, no code for this processor: all one here
        return error
    return _Loops(*(_on_arrays(loop) for loop in (loops.add_matrix, loops.add_pairs)), _COMPILED_BLOCKS)


def _on_arrays(loop: Callable[..., None]) -> Callable[..., None]:
    return lambda *tensors: loop(*(tensor.numpy() for tensor in tensors))


def _loops(device: torch.device) -> _Loops:
    if device.type != 'cpu':
        return _Loops(_add_matrix, _add_pairs, _GPU_BLOCKS)
    compiled = compiled_loops()
    return compiled if isinstance(compiled, _Loops) else _Loops(_add_matrix, _add_pairs, _BROADCAST_BLOCKS)


def _memory(num_images: int, num_elements: int, device: torch.device) -> Tensor:
    """Room to pack images in, used over and over: to ask for megabytes anew can take longer than to fill them."""
    return torch.empty(-(-num_elements // TILE) * num_images * 2 * TILE, dtype=torch.float32, device=device)


def _tiles(memory: Tensor, num_images: int, elements: slice) -> Tensor:
    """A part of the room for some elements of some images, (T, n, 2, TILE)."""
    shape = -(-(elements.stop - elements.start) // TILE), num_images, 2, TILE
    return memory[: math.prod(shape)].view(shape)


def _pack(images: ContrastiveDescriptors, which: slice | Tensor, elements: slice, tiles: Tensor) -> None:
    """Write some elements of some images, tile by tile, to ``tiles`` (T, n, 2, TILE); zeros follow the last element."""
    missing = -(elements.stop - elements.start) % TILE
    for place, values in enumerate((images.values, images.weights)):
        chosen = values[:, elements][which]
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


def _add_matrix(query: Tensor, images: Tensor, sums: Tensor) -> None:
    query, images = query[:, :, None], images[:, None]
    gap = (query[:, :, :, 0] - images[:, :, :, 0]).abs_()
    for place, side in enumerate((query, images)):
        sums[..., place] += (gap * side[:, :, :, 1]).sum(dim=3).sum(dim=0, dtype=torch.float64)


def _add_pairs(query: Tensor, images: Tensor, rows: Tensor, columns: Tensor, sums: Tensor) -> None:
    query, images = query[:, rows], images[:, columns]
    gap = (query[:, :, 0] - images[:, :, 0]).abs_()
    for place, side in enumerate((query, images)):
        sums[:, place] += (gap * side[:, :, 1]).sum(dim=2).sum(dim=0, dtype=torch.float64)
