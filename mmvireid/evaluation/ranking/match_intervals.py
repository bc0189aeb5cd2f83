"""Where an image stands between the matches of a query, without sorting the gallery."""

import torch
from torch import Tensor

from mmvireid.utils.row_blocks import fast_rows, row_blocks

_NUM_BUCKETS = 2048


class MatchIntervals:
    """The matches of each query in the order of their distance; they cut the query's ranked list into intervals.

    All that CMC, AP and INP need of an image is the number of matches before it. The range of distances from the first
    match to the last is divided into buckets of equal width, and a table says how many matches lie below each bucket.
    Nearly every image falls into a bucket without a match, and the table has its answer; the few others are compared
    with the matches of their bucket by binary search. An image precedes another if it is nearer, or as near and of the
    lower gallery index.

    Args:
        distances: (n, M) distances of each query's matches; infinity fills up queries that have fewer.
        indices: (n, M) gallery indices of the matches, ascending.

    Attributes:
        counts: (n,) number of matches of each query.
        indices: (n, M) gallery indices, nearest first.
    """

    def __init__(self, distances: Tensor, indices: Tensor) -> None:
        ascending, order = distances.double().sort(dim=1, stable=True)
        finite = ascending.isfinite()
        self.indices = indices.gather(1, order)
        self.counts = finite.sum(dim=1)
        # One column more, farther than every image: a search need not look where it ends.
        self._ascending = torch.cat([ascending, torch.full_like(ascending[:, :1], torch.inf)], dim=1)
        last = ascending.gather(1, (self.counts - 1).clamp(min=0)[:, None]).where(finite[:, :1], 0)
        self._first = ascending[:, :1].where(finite[:, :1], 0)
        # Neither 0 nor infinite, which times infinity or 0 is not a number.
        self._scale = (_NUM_BUCKETS / (last - self._first)).clamp(1e-300, 1e300)

        dtype = torch.int16 if distances.shape[1] < 1 << 15 else torch.int32
        in_bucket = torch.zeros(len(distances), _NUM_BUCKETS + 4, dtype=dtype, device=distances.device)
        in_bucket.scatter_add_(1, self._bucket(ascending, slice(None)), finite.to(dtype))
        below = in_bucket.cumsum(dim=1, dtype=dtype) - in_bucket
        # The complement (negative) marks a bucket with a match.
        self._table = torch.where(in_bucket > 0, ~below, below)

    def locate(self, distances: Tensor, indices: Tensor) -> Tensor:
        """Number of matches before each image; for a match itself, its place among the matches from 0.

        Args:
            distances: (n, g) finite distances of some gallery images.
            indices: (g,) their gallery indices.

        Returns:
            (n, g) int16, or int32 where that is too small.
        """
        before = self._table.new_empty(distances.shape)
        for rows in row_blocks(len(distances), fast_rows(distances.shape[1], distances.device)):
            before[rows] = self._locate(distances[rows], indices, rows)
        return before

    def _locate(self, distances: Tensor, indices: Tensor, rows: slice) -> Tensor:
        bucket = self._bucket(distances, rows)
        before = self._table[rows].gather(1, bucket)
        row, column = (before < 0).nonzero(as_tuple=True)
        if len(row):
            before[row, column] = self._search(
                row + rows.start, bucket[row, column], distances[row, column], indices[column]
            )
        return before

    def _bucket(self, distances: Tensor, rows: slice) -> Tensor:
        """Number of the bucket: 0 below the first match; it never falls as the distance grows."""
        scaled = (distances - self._first[rows]).mul_(self._scale[rows])
        return scaled.add_(1).clamp_(0, _NUM_BUCKETS + 2).long()

    def _search(self, row: Tensor, bucket: Tensor, distances: Tensor, indices: Tensor) -> Tensor:
        low = ~self._table[row, bucket].long()
        following = self._table[row, bucket + 1].long()
        high = torch.where(following < 0, ~following, following)
        for _ in range(int((high - low).max()).bit_length()):
            middle = (low + high) // 2
            match = self._ascending[row, middle]
            # The pad has an index too little, which no finite distance asks for.
            precedes = (match < distances) | (
                (match == distances) & (self.indices[row, middle.clamp(max=self.indices.shape[1] - 1)] < indices)
            )
            low = torch.where(precedes, middle + 1, low)
            high = torch.where(precedes, high, middle)
        return low.to(self._table.dtype)
