"""Compiled numba loops of the contrastive difference. Importing this module compiles them, in about one second.

Images are packed in tiles: (T, N, 2, E) float32 holds T tiles of E values and E weights for each of N images. One tile
of a query and of four images fits in a core's fastest cache. The eight sums of their logits stay in registers.

Every pair goes through the same loop, :func:`_tile_sums`, which has one fixed order of summation. Its sums are added
tile by tile in float64. A logit therefore has the same digits whichever images are computed together.
"""

import numpy as np
from numba import njit


# 'reassoc' allows vectorized sums, 'contract' allows fused multiply-add. NaN and infinity keep their meaning.
@njit(nogil=True, fastmath={'reassoc', 'contract'})
def _tile_sums(query, images, tile, row, a, b, c, d):
    """Sum one tile of both logits, the query's and the image's, for one query and the images a, b, c and d."""
    query_sum_a = query_sum_b = query_sum_c = query_sum_d = np.float32(0)
    image_sum_a = image_sum_b = image_sum_c = image_sum_d = np.float32(0)
    for e in range(query.shape[3]):
        value, weight = query[tile, row, 0, e], query[tile, row, 1, e]
        gap = abs(value - images[tile, a, 0, e])
        query_sum_a += gap * weight
        image_sum_a += gap * images[tile, a, 1, e]
        gap = abs(value - images[tile, b, 0, e])
        query_sum_b += gap * weight
        image_sum_b += gap * images[tile, b, 1, e]
        gap = abs(value - images[tile, c, 0, e])
        query_sum_c += gap * weight
        image_sum_c += gap * images[tile, c, 1, e]
        gap = abs(value - images[tile, d, 0, e])
        query_sum_d += gap * weight
        image_sum_d += gap * images[tile, d, 1, e]
    return (
        (query_sum_a, image_sum_a),
        (query_sum_b, image_sum_b),
        (query_sum_c, image_sum_c),
        (query_sum_d, image_sum_d),
    )


@njit('void(float32[:, :, :, ::1], float32[:, :, :, ::1], float64[:, :, :])', nogil=True)
def add_all_pairs(query, images, sums):
    """Add the tiles of all pairs of q queries and n images to ``sums`` (q, n, 2), the logits of each pair."""
    last = images.shape[1] - 1
    for tile in range(query.shape[0]):
        for a in range(0, images.shape[1], 4):
            # If fewer than four images are left, repeat the last one.
            b, c, d = min(a + 1, last), min(a + 2, last), min(a + 3, last)
            for row in range(query.shape[1]):
                parts = _tile_sums(query, images, tile, row, a, b, c, d)
                for place in range(min(4, images.shape[1] - a)):
                    sums[row, a + place, 0] += parts[place][0]
                    sums[row, a + place, 1] += parts[place][1]


@njit(
    'void(float32[:, :, :, ::1], float32[:, :, :, ::1], int64[::1], int64[::1], float64[:, ::1])',
    nogil=True,
)
def add_listed_pairs(query, images, rows, columns, sums):
    """Add the tiles of the pairs ``(rows[i], columns[i])`` to ``sums`` (n, 2), up to four pairs of a row at a time."""
    for tile in range(query.shape[0]):
        start = 0
        while start < len(rows):
            stop = start + 1
            while stop < min(start + 4, len(rows)) and rows[stop] == rows[start]:
                stop += 1
            a, last = columns[start], stop - 1
            b, c, d = columns[min(start + 1, last)], columns[min(start + 2, last)], columns[min(start + 3, last)]
            parts = _tile_sums(query, images, tile, rows[start], a, b, c, d)
            for place in range(stop - start):
                sums[start + place, 0] += parts[place][0]
                sums[start + place, 1] += parts[place][1]
            start = stop
