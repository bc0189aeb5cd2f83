"""Compiled loops of the contrastive difference. They are compiled when this module is imported, in about a second.

Images come packed: (T, N, 2, E) float32 are the values and the weights of N images, in T tiles of E elements. A tile
of a query and of four images lies in a core's fastest cache, the eight sums of their logits in registers.

Every pair goes through the one loop of :func:`_tile_sums`, where the compiler has set the order of summation once and
for all, and its tiles are added in ascending order, in float64: a logit has the same digits in whatever company.
"""

import numpy as np
from numba import njit


# 'reassoc' lets sums be taken in vectors, 'contract' multiply and add in one step; NaN and infinity keep their meaning.
@njit(nogil=True, fastmath={'reassoc', 'contract'})
def _tile_sums(query, images, tile, row, a, b, c, d):
    """A tile's part of both logits, the query's and the image's, of one query with the images a, b, c and d."""
    of_query_a = of_query_b = of_query_c = of_query_d = np.float32(0)
    of_image_a = of_image_b = of_image_c = of_image_d = np.float32(0)
    for e in range(query.shape[3]):
        value, weight = query[tile, row, 0, e], query[tile, row, 1, e]
        gap = abs(value - images[tile, a, 0, e])
        of_query_a += gap * weight
        of_image_a += gap * images[tile, a, 1, e]
        gap = abs(value - images[tile, b, 0, e])
        of_query_b += gap * weight
        of_image_b += gap * images[tile, b, 1, e]
        gap = abs(value - images[tile, c, 0, e])
        of_query_c += gap * weight
        of_image_c += gap * images[tile, c, 1, e]
        gap = abs(value - images[tile, d, 0, e])
        of_query_d += gap * weight
        of_image_d += gap * images[tile, d, 1, e]
    return (
        (of_query_a, of_image_a),
        (of_query_b, of_image_b),
        (of_query_c, of_image_c),
        (of_query_d, of_image_d),
    )


@njit('void(float32[:, :, :, ::1], float32[:, :, :, ::1], float64[:, :, :])', nogil=True)
def add_matrix(query, images, sums):
    """Add the logits' parts of all pairs of q queries and n images to ``sums`` (q, n, 2)."""
    last = images.shape[1] - 1
    for tile in range(query.shape[0]):
        for a in range(0, images.shape[1], 4):
            # Where fewer than four are left the last one stands in for the missing.
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
def add_pairs(query, images, rows, columns, sums):
    """Add the logits' parts of the pairs ``(rows[i], columns[i])``, ``rows`` ascending, to ``sums`` (n, 2)."""
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
