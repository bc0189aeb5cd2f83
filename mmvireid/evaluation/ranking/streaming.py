"""Score many queries exactly in a gallery that is too large for a distance matrix.

A block of queries meets the gallery block by block, twice. The first pass computes the distances of the matches, which
divide each query's ranked list into intervals (:class:`MatchIntervals`). The second pass counts the images in each
interval. The time grows linearly with the gallery. The memory holds one block of distances per thread, and the
distances of the matches.

:mod:`.definition` gives the same scores in plain code, for one query.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmvireid.utils.row_blocks import fast_rows, map_row_blocks, row_blocks

from .definition import check_cmc_unit
from .dense import check_finite
from .match_intervals import IdentityOrder, MatchIntervals
from .scores import RankingScores, scores_from_ranks

# Matches of all queries of a block, with padding. They bound the memory if identities have very many images.
_BLOCK_MATCHES = 1 << 22

DistanceBlock = Callable[[np.ndarray, np.ndarray], Tensor]
ExcludedBlock = Callable[[np.ndarray, np.ndarray], np.ndarray | None]


def rank_streaming(
    distance_block: DistanceBlock,
    query_pids: np.ndarray,
    gallery_pids: np.ndarray,
    excluded_block: ExcludedBlock | None = None,
    cmc_unit: str = 'identity',
    device: str | torch.device = 'cpu',
    query_block: int = 512,
    gallery_block: int = 4096,
) -> RankingScores:
    """Compute the scores of :func:`rank_gallery`, to the last digit, without the distance matrix.

    The gallery is read in the order of its identities. A file that is sorted by identity is read from front to back.
    On the CPU several threads call the two functions at the same time.

    Args:
        distance_block: Function of query indices (q,) and gallery indices (g,) that returns distances (q, g). Ties
            follow the gallery order only if a pair has the same distance, to the last bit, in every block. The
            distances of :mod:`mmvireid.evaluation.distances` have this property.
        query_pids: (Q,) integer identities.
        gallery_pids: (G,) integer identities.
        excluded_block: Function of the same indices that returns (q, g) bool, True if a query skips a gallery image.
            It may return None if no image of the block is skipped. None: no query skips an image.
        cmc_unit: What a CMC rank counts: ``'identity'`` (the SYSU-MM01 protocol) or ``'image'``.
        device: Where images are counted. The device of the distances is best.
        query_block: Queries per block. The gallery is read once for each block.
        gallery_block: Gallery images per block.

    Raises:
        ValueError: A distance is NaN or infinite, a block has a wrong shape, or ``cmc_unit`` is unknown.

    Example:
        >>> query, gallery = torch.tensor([0.0]), torch.tensor([0.5, 0.1, 0.3, 0.4, 0.2])
        >>> def distance_block(queries, images):
        ...     return (query[queries, None] - gallery[images]).abs()
        >>> rank_streaming(distance_block, np.array([5]), np.array([5, 7, 5, 9, 7])).first_match.tolist()
        [2]
    """
    check_cmc_unit(cmc_unit)
    query_pids, gallery_pids = np.asarray(query_pids), np.asarray(gallery_pids)
    identities = IdentityOrder(query_pids, gallery_pids)
    unit_counter = _UNIT_COUNTERS[cmc_unit]
    stream = _Stream(distance_block, excluded_block, identities, unit_counter, torch.device(device), gallery_block)
    # Group queries with equally many matches: within a block all queries are padded to the largest number.
    num_matches = identities.stop - identities.start
    order = np.lexsort((query_pids, -num_matches))
    rows = max(1, min(query_block, _BLOCK_MATCHES // max(1, num_matches.max())))
    blocks = map_row_blocks(lambda block: stream.score(order[block]), len(order), rows, device)
    return RankingScores.concatenate(blocks).take(np.argsort(order))


class _ImageCounter:
    """Count the marked images of each query."""

    def __init__(self, num_query: int, device: torch.device) -> None:
        self.count = torch.zeros(num_query, dtype=torch.int64, device=device)

    def add(self, marked: Tensor, is_first: np.ndarray) -> None:
        """Count one block.

        Args:
            marked: (n, g) bool.
            is_first: (g,) bool, the image is the first of its identity.
        """
        self.count += marked.sum(dim=1)


class _IdentityCounter(_ImageCounter):
    """Count the identities that have a marked image, if blocks of images arrive in the order of identity."""

    def __init__(self, num_query: int, device: torch.device) -> None:
        super().__init__(num_query, device)
        self._last_counted = torch.zeros(num_query, dtype=torch.bool, device=device)

    def add(self, marked: Tensor, is_first: np.ndarray) -> None:
        stops = np.append(np.flatnonzero(is_first[1:]), len(is_first) - 1)  # last image of each identity in the block
        up_to = marked.cumsum(dim=1, dtype=torch.int32)[:, torch.from_numpy(stops).to(marked.device)]
        found = up_to.diff(dim=1, prepend=torch.zeros_like(up_to[:, :1])) > 0
        self.count += found.sum(dim=1)
        if not is_first[0]:  # the block begins inside an identity that the block before may have counted
            self.count -= (found[:, 0] & self._last_counted).long()
            found[:, 0] |= self._last_counted
        self._last_counted = found[:, -1]


# What a CMC rank counts. Nothing else in the engine depends on ``cmc_unit``.
_UNIT_COUNTERS = dict(identity=_IdentityCounter, image=_ImageCounter)


class _Stream:
    """Compare queries with a gallery that is read block by block, in the order of its identities."""

    def __init__(
        self,
        distance_block: DistanceBlock,
        excluded_block: ExcludedBlock | None,
        identities: IdentityOrder,
        unit_counter: type[_ImageCounter],
        device: torch.device,
        gallery_block: int,
    ) -> None:
        self._distance_block = distance_block
        self._excluded_block = excluded_block
        self._identities = identities
        self._unit_counter = unit_counter
        self._device = device
        self._gallery_block = gallery_block

    def score(self, queries: np.ndarray) -> RankingScores:
        """Score some queries, given by their indices."""
        intervals = self._match_intervals(queries)
        num_query, num_matches = intervals.indices.shape
        groups = (num_matches + 1) * torch.arange(num_query, device=self._device)[:, None]
        counts, one = groups.new_zeros(num_query * (num_matches + 1)), groups.new_ones(1)
        units_before_match = self._unit_counter(num_query, self._device)
        is_tied = np.zeros(num_query, dtype=bool)
        for positions in self._blocks(0, len(self._identities.images)):
            images = self._identities.images[positions]
            distances, excluded = self._compute(queries, images)
            before, ties = intervals.locate_with_ties(distances, torch.from_numpy(images).to(self._device))
            if ties.shape[1]:
                is_tied[self._rows_tied_with_others(ties, queries, positions, excluded)] = True
            # Move excluded images, and the matches, behind every match, where nothing is counted. The matches already
            # have numbers. A block that rounds differently could count a match before itself.
            if excluded is not None:
                before.masked_fill_(excluded, num_matches)
            row, column = self._identities.pairs_of_one_identity(queries, positions)
            before[row, column] = num_matches
            for rows in row_blocks(num_query, fast_rows(len(images), self._device)):
                group = (before[rows] + groups[rows]).view(-1)
                counts.scatter_add_(0, group, one.expand(len(group)))
            units_before_match.add(before == 0, self._identities.is_first(positions))

        other_images = counts.view(num_query, -1).cumsum(dim=1)[:, :-1]
        rank = (other_images + torch.arange(1, num_matches + 1, device=self._device)).cpu().numpy()
        query, number = np.nonzero(np.arange(num_matches) < intervals.counts.cpu().numpy()[:, None])
        scores = scores_from_ranks(query, rank[query, number], num_query)
        scores.first_match = (units_before_match.count.cpu().numpy() + 1) * scores.valid
        scores.tied = is_tied
        return scores

    def _rows_tied_with_others(
        self, ties: Tensor, queries: np.ndarray, positions: slice, excluded: Tensor | None
    ) -> np.ndarray:
        """Return the rows of queries that do not skip an image of another identity at the distance of a match."""
        kept = ties.new_ones(ties.shape[1], dtype=torch.bool) if excluded is None else ~excluded[ties[0], ties[1]]
        row, column = ties[:2, kept].cpu().numpy()
        position = column + positions.start
        of_query = queries[row]
        is_match = (self._identities.start[of_query] <= position) & (position < self._identities.stop[of_query])
        return row[~is_match]

    def _match_intervals(self, queries: np.ndarray) -> MatchIntervals:
        """Find the matches of some queries. Queries of one identity are computed together."""
        indices, _ = self._identities.matches(queries)
        distances = torch.full(indices.shape, torch.inf, dtype=torch.float64, device=self._device)
        start, stop = self._identities.start[queries], self._identities.stop[queries]
        for first in np.unique(start[start < stop]).tolist():
            rows = np.flatnonzero((start == first) & (start < stop))
            for positions in self._blocks(first, int(stop[rows[0]])):
                block, excluded = self._compute(queries[rows], self._identities.images[positions])
                if excluded is not None:
                    block = block.masked_fill(excluded, torch.inf)
                distances[rows, positions.start - first : positions.stop - first] = block.double()
        return MatchIntervals(distances, torch.from_numpy(indices).to(self._device))

    def _blocks(self, start: int, stop: int) -> list[slice]:
        return [slice(s, min(s + self._gallery_block, stop)) for s in range(start, stop, self._gallery_block)]

    def _compute(self, queries: np.ndarray, images: np.ndarray) -> tuple[Tensor, Tensor | None]:
        """Compute and check the distances and the exclusion between some queries and some images."""
        distances = self._distance_block(queries, images).to(self._device)
        excluded = self._excluded_block(queries, images) if self._excluded_block is not None else None
        for name, block in (('distance_block', distances), ('excluded_block', excluded)):
            if block is not None and tuple(block.shape) != (len(queries), len(images)):
                raise ValueError(
                    f'{name} returned shape {tuple(block.shape)} for {len(queries)} queries and {len(images)} images.'
                )
        check_finite(distances, queries, images)
        return distances, None if excluded is None else torch.as_tensor(excluded).to(self._device)
