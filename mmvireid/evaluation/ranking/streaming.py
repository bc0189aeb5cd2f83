"""Exact ranking scores in galleries too large for a distance matrix.

Some queries at a time meet the gallery block by block: first their matches, whose distances cut each query's ranked
list into intervals (:class:`MatchIntervals`); then everyone, to count the images that fall into each interval. The time
grows linearly with the gallery; the memory holds a block of distances a thread and the distances of the matches.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmvireid.utils.row_blocks import fast_rows, map_row_blocks, row_blocks

from .dense import check_finite
from .identity_order import IdentityOrder
from .match_intervals import MatchIntervals
from .scores import RankingScores, scores_from_ranks

# Matches of all queries of a block, with padding: bounds the memory where identities have very many images.
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
    """The scores of :func:`rank_gallery`, to the last digit, without the distance matrix.

    The gallery is visited in the order of its identities: features on disk are read from front to back where the images
    of an identity lie together. On the CPU several threads call the two functions at the same time.

    Args:
        distance_block: Distances (q, g) between some queries and some gallery images, given by their indices (q,) and
            (g,). Where images are as far as a match, ties are broken by gallery index only if a pair has the same
            distance, to the last bit, in whatever block it is computed: those of :mod:`.distance` have.
        query_pids: (Q,) integer identities.
        gallery_pids: (G,) integer identities.
        excluded_block: (q, g) bool, True where a query skips a gallery image, or None where these queries skip none of
            these images; None where no query skips any.
        cmc_unit: What ``first_match`` counts, ``'identity'`` (the SYSU-MM01 protocol) or ``'image'``.
        device: Where to count, best where the distances are computed.
        query_block: Queries at a time; for each such block the gallery is read once.
        gallery_block: Gallery images at a time.

    Raises:
        ValueError: If a distance is NaN or infinite, or a block has another shape than asked for.
    """
    query_pids, gallery_pids = np.asarray(query_pids), np.asarray(gallery_pids)
    identities = IdentityOrder(query_pids, gallery_pids)
    stream = _Stream(distance_block, excluded_block, identities, torch.device(device), gallery_block)
    # Queries with equally many matches go together: those with fewer are padded to the most.
    num_matches = identities.stop - identities.start
    order = np.lexsort((query_pids, -num_matches))
    rows = max(1, min(query_block, _BLOCK_MATCHES // max(1, num_matches.max())))
    blocks = map_row_blocks(lambda block: stream.score(order[block], cmc_unit), len(order), rows, device)
    return RankingScores.concatenate(blocks).take(np.argsort(order))


class _Stream:
    """Distances between queries and a gallery that is visited block by block, in the order of its identities."""

    def __init__(
        self,
        distance_block: DistanceBlock,
        excluded_block: ExcludedBlock | None,
        identities: IdentityOrder,
        device: torch.device,
        gallery_block: int,
    ) -> None:
        self._distance_block = distance_block
        self._excluded_block = excluded_block
        self._identities = identities
        self._device = device
        self._gallery_block = gallery_block

    def score(self, queries: np.ndarray, cmc_unit: str) -> RankingScores:
        """Scores of some queries, given by their indices."""
        intervals = self._match_intervals(queries)
        num_query, num_matches = intervals.indices.shape
        groups = (num_matches + 1) * torch.arange(num_query, device=self._device)[:, None]
        counts, one = groups.new_zeros(num_query * (num_matches + 1)), groups.new_ones(1)
        identities_before = _IdentityCount(num_query, self._device)
        for places in self._blocks(0, len(self._identities.images)):
            images = self._identities.images[places]
            distances, excluded = self._compute(queries, images)
            before = intervals.locate(distances, torch.from_numpy(images).to(self._device))
            # Behind every match, where nothing is counted: excluded images, and the matches themselves. They are
            # numbered among themselves, lest one be counted before itself in a block that rounds differently.
            if excluded is not None:
                before.masked_fill_(excluded, num_matches)
            row, column = self._identities.own_images(queries, places)
            before[row, column] = num_matches
            for rows in row_blocks(num_query, fast_rows(len(images), self._device)):
                group = (before[rows] + groups[rows]).view(-1)
                counts.scatter_add_(0, group, one.expand(len(group)))
            if cmc_unit == 'identity':
                identities_before.add(before == 0, self._identities.is_first(places))

        strangers = counts.view(num_query, -1).cumsum(dim=1)[:, :-1]
        rank = (strangers + torch.arange(1, num_matches + 1, device=self._device)).cpu().numpy()
        query, number = np.nonzero(np.arange(num_matches) < intervals.counts.cpu().numpy()[:, None])
        scores = scores_from_ranks(query, rank[query, number], num_query)
        if cmc_unit == 'identity':
            scores.first_match = (identities_before.count.cpu().numpy() + 1) * scores.valid
        return scores

    def _match_intervals(self, queries: np.ndarray) -> MatchIntervals:
        """The matches of some queries; those of one identity are computed together."""
        indices, _ = self._identities.matches(queries)
        distances = torch.full(indices.shape, torch.inf, dtype=torch.float64, device=self._device)
        start, stop = self._identities.start[queries], self._identities.stop[queries]
        for first in np.unique(start[start < stop]).tolist():
            rows = np.flatnonzero((start == first) & (start < stop))
            for places in self._blocks(first, int(stop[rows[0]])):
                block, excluded = self._compute(queries[rows], self._identities.images[places])
                if excluded is not None:
                    block = block.masked_fill(excluded, torch.inf)
                distances[rows, places.start - first : places.stop - first] = block.double()
        return MatchIntervals(distances, torch.from_numpy(indices).to(self._device))

    def _blocks(self, start: int, stop: int) -> list[slice]:
        return [slice(s, min(s + self._gallery_block, stop)) for s in range(start, stop, self._gallery_block)]

    def _compute(self, queries: np.ndarray, images: np.ndarray) -> tuple[Tensor, Tensor | None]:
        """Distances and exclusion between some queries and some images, checked."""
        distances = self._distance_block(queries, images).to(self._device)
        excluded = self._excluded_block(queries, images) if self._excluded_block is not None else None
        for name, block in (('distance_block', distances), ('excluded_block', excluded)):
            if block is not None and tuple(block.shape) != (len(queries), len(images)):
                raise ValueError(
                    f'{name} returned shape {tuple(block.shape)} for {len(queries)} queries and {len(images)} images.'
                )
        check_finite(distances, queries, images)
        return distances, None if excluded is None else torch.as_tensor(excluded).to(self._device)


class _IdentityCount:
    """Number of identities with a marked image, where blocks of images arrive in the order of their identities."""

    def __init__(self, num_query: int, device: torch.device) -> None:
        self.count = torch.zeros(num_query, dtype=torch.int64, device=device)
        self._last_counted = torch.zeros(num_query, dtype=torch.bool, device=device)

    def add(self, marked: Tensor, is_first: np.ndarray) -> None:
        """Count a block.

        Args:
            marked: (n, g) bool.
            is_first: (g,) bool, the image is the first of its identity.
        """
        stops = np.append(np.flatnonzero(is_first[1:]), len(is_first) - 1)  # last image of each identity in the block
        up_to = marked.cumsum(dim=1, dtype=torch.int32)[:, torch.from_numpy(stops).to(marked.device)]
        found = up_to.diff(dim=1, prepend=torch.zeros_like(up_to[:, :1])) > 0
        self.count += found.sum(dim=1)
        if not is_first[0]:  # the first identity began in the block before
            self.count -= (found[:, 0] & self._last_counted).long()
            found[:, 0] |= self._last_counted
        self._last_counted = found[:, -1]
