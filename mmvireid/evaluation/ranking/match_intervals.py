"""The matches of each query: where they are in the gallery, and where other images stand between them."""

import numpy as np
import torch
from torch import Tensor

from mmvireid.utils.row_blocks import fast_rows, row_blocks

_NUM_BUCKETS = 2048


class IdentityOrder:
    """Sort gallery images by identity, so that all images of an identity are neighbors.

    Images of one identity keep the order of their gallery indices. A position below is a position in this order.

    Args:
        query_pids: (Q,) integer identities.
        gallery_pids: (G,) integer identities.

    Attributes:
        images: (G,) gallery indices in this order.
        start: (Q,) position of the first image of each query's identity.
        stop: (Q,) position after the last one; equal to ``start`` if the gallery lacks the identity.

    Example:
        >>> order = IdentityOrder(query_pids=np.array([5, 7]), gallery_pids=np.array([9, 5, 7, 5]))
        >>> order.images.tolist()
        [1, 3, 2, 0]
        >>> matches, is_match = order.matches(np.array([0, 1]))
        >>> [row[mask].tolist() for row, mask in zip(matches, is_match)]
        [[1, 3], [2]]
    """

    def __init__(self, query_pids: np.ndarray, gallery_pids: np.ndarray) -> None:
        self.images = np.argsort(gallery_pids, kind='stable')
        self._pids = gallery_pids[self.images]
        self.start = np.searchsorted(self._pids, query_pids, side='left')
        self.stop = np.searchsorted(self._pids, query_pids, side='right')

    def matches(self, queries: slice | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the gallery images of each query's identity.

        Returns:
            Gallery indices (n, M), and bool (n, M) that is False for the padding.
        """
        start, stop = self.start[queries, None], self.stop[queries, None]
        position = start + np.arange(max(1, int((stop - start).max())))
        return self.images[np.minimum(position, len(self.images) - 1)], position < stop

    def pairs_of_one_identity(self, queries: np.ndarray, positions: slice) -> tuple[np.ndarray, np.ndarray]:
        """Find all pairs of one identity among some queries and the images at some positions.

        Returns:
            Rows among ``queries`` and columns among ``positions``, one of each per pair.
        """
        start = np.clip(self.start[queries], positions.start, positions.stop)
        length = np.clip(self.stop[queries], positions.start, positions.stop) - start
        row = np.repeat(np.arange(len(queries)), length)
        number = np.arange(len(row)) - (length.cumsum() - length)[row]
        return row, start[row] + number - positions.start

    def is_first(self, positions: slice) -> np.ndarray:
        """Mark the first image of each identity: (g,) bool for some positions."""
        position = np.arange(positions.start, positions.stop)
        return (position == 0) | (self._pids[position - 1] != self._pids[position])


class MatchIntervals:
    """Count a query's matches before any image, without sorting the gallery.

    The matches of a query divide its ranked list into intervals. CMC, AP and INP depend only on the interval of each
    image, which is the number of matches before it. One image is before another if its distance is smaller, or if
    the distances are equal and its gallery index is lower.

    The range from the first match to the last is divided into buckets of equal width. A table holds the number of
    matches below each bucket. Most images fall into a bucket without a match: the table gives their answer. Each other
    image is compared with the matches in its bucket by binary search.

    Args:
        distances: (n, M) distances of each query's matches, padded with infinity.
        indices: (n, M) gallery indices of the matches, ascending.

    Attributes:
        counts: (n,) number of matches of each query.
        indices: (n, M) gallery indices, nearest first.

    Example:
        Images 2 and 3 match. Image 3 is the nearest match, image 1 is before it, image 0 is last.

        >>> distances = torch.tensor([[0.5, 0.1, 0.3, 0.2]])
        >>> intervals = MatchIntervals(distances[:, [2, 3]], torch.tensor([[2, 3]]))
        >>> intervals.locate(distances, torch.arange(4)).tolist()
        [[2, 0, 1, 0]]
    """

    def __init__(self, distances: Tensor, indices: Tensor) -> None:
        ascending, order = distances.double().sort(dim=1, stable=True)
        finite = ascending.isfinite()
        self.indices = indices.gather(1, order)
        self.counts = finite.sum(dim=1)
        # The extra last column is farther than every image, so a search always ends before it.
        self._ascending = torch.cat([ascending, torch.full_like(ascending[:, :1], torch.inf)], dim=1)
        last = ascending.gather(1, (self.counts - 1).clamp(min=0)[:, None]).where(finite[:, :1], 0)
        self._first = ascending[:, :1].where(finite[:, :1], 0)
        # The clamp avoids 0 times infinity, which is NaN.
        self._scale = (_NUM_BUCKETS / (last - self._first)).clamp(1e-300, 1e300)

        dtype = torch.int16 if distances.shape[1] < 1 << 15 else torch.int32
        in_bucket = torch.zeros(len(distances), _NUM_BUCKETS + 4, dtype=dtype, device=distances.device)
        in_bucket.scatter_add_(1, self._bucket(ascending, slice(None)), finite.to(dtype))
        below = in_bucket.cumsum(dim=1, dtype=dtype) - in_bucket
        # A negative entry, the complement of the count, marks a bucket that holds a match.
        self._table = torch.where(in_bucket > 0, ~below, below)

    def locate(self, distances: Tensor, indices: Tensor) -> Tensor:
        """Count the matches before each image. A match itself gets its position among the matches, from 0.

        Args:
            distances: (n, g) finite distances of some gallery images.
            indices: (g,) their gallery indices.

        Returns:
            (n, g) int16, or int32 if int16 is too small.
        """
        return self.locate_with_ties(distances, indices)[0]

    def locate_with_ties(self, distances: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Count the matches before each image, and find the images at exactly the distance of a match.

        Returns:
            The counts of :meth:`locate`, and (3, P) int64: row, column and the position of such a match. A match is
            not tied with itself. It may be tied with another match.

        Example:
            Images 2 and 3 match. Image 0 has the distance of image 2, the second match.

            >>> distances = torch.tensor([[0.5, 0.1, 0.5, 0.2]])
            >>> intervals = MatchIntervals(distances[:, [2, 3]], torch.tensor([[2, 3]]))
            >>> intervals.locate_with_ties(distances, torch.arange(4))[1].tolist()
            [[0], [0], [1]]
        """
        before = self._table.new_empty(distances.shape)
        ties = [torch.empty(3, 0, dtype=torch.int64, device=distances.device)]
        for rows in row_blocks(len(distances), fast_rows(distances.shape[1], distances.device)):
            bucket = self._bucket(distances[rows], rows)
            located = self._table[rows].gather(1, bucket)
            row, column = (located < 0).nonzero(as_tuple=True)
            if len(row):
                chosen = row + rows.start, bucket[row, column], distances[rows][row, column], indices[column]
                located[row, column], tied = self._search(*chosen)
                found = (tied >= 0).nonzero().squeeze(1)
                if len(found):
                    ties.append(torch.stack([row[found] + rows.start, column[found], tied[found]]))
            before[rows] = located
        return before, ties[0] if len(ties) == 1 else torch.cat(ties, dim=1)

    def tie_groups(self) -> Tensor:
        """Number the matches so that matches at exactly the same distance have one number, of the first of them.

        Example:
            >>> MatchIntervals(torch.tensor([[0.5, 0.1, 0.5]]), torch.tensor([[0, 1, 2]])).tie_groups().tolist()
            [[0, 1, 1]]
        """
        ascending = self._ascending[:, :-1]
        is_first = torch.ones_like(ascending, dtype=torch.bool)
        is_first[:, 1:] = ascending[:, 1:] != ascending[:, :-1]
        number = torch.arange(ascending.shape[1], device=ascending.device)
        return torch.where(is_first, number, 0).cummax(dim=1).values

    def _bucket(self, distances: Tensor, rows: slice) -> Tensor:
        """Compute bucket numbers: 0 before the first match, and never lower for a larger distance."""
        scaled = (distances - self._first[rows]).mul_(self._scale[rows])
        return scaled.add_(1).clamp_(0, _NUM_BUCKETS + 2).long()

    def _search(self, row: Tensor, bucket: Tensor, distances: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Return the number of matches before each image, and the position of a match at the same distance, or -1."""
        tied = torch.full_like(row, -1)
        low = ~self._table[row, bucket].long()
        following = self._table[row, bucket + 1].long()
        high = torch.where(following < 0, ~following, following)
        for _ in range(int((high - low).max()).bit_length()):
            middle = (low + high) // 2
            match = self._ascending[row, middle]
            # The extra last column has no index. No finite distance equals its infinity, so its index has no effect.
            index = self.indices[row, middle.clamp(max=self.indices.shape[1] - 1)]
            is_equal = match == distances
            precedes = (match < distances) | (is_equal & (index < indices))
            tied = torch.where(is_equal & (index != indices), middle, tied)
            low = torch.where(precedes, middle + 1, low)
            high = torch.where(precedes, high, middle)
        return low.to(self._table.dtype), tied
