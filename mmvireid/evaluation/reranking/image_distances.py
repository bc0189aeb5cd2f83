"""Distances among the images of trials, never more at a time than fit in some hundreds of megabytes."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from mmvireid.utils.row_blocks import map_row_blocks

from ..distances import BaseDistance
from .neighbors import Neighbors, nearest

# Images worked on at a time: with their distances to all others, in copies of a subset of these, with their partners.
_ROWS, _SELECTED_ROWS, _PAIR_ROWS = 512, 128, 64
# On either side of one call of the distance, which may copy its descriptors in float64: images, and numbers in all.
_TILE, _DESCRIPTOR_ELEMENTS = 1024, 1 << 25


class ImageDistances:
    """Distances among Q queries, numbered from 0, and the C candidate images that follow them.

    Args:
        distance: How far apart two images are; symmetric.
        query: Descriptors of the queries.
        candidates: Descriptors of the candidates.
        known: (Q, C) distances that need not be computed again.
        chosen: Where ``query`` and ``candidates`` hold further images: which are meant, (Q,) and (C,) indices. Large
            descriptors need not be copied then.
    """

    def __init__(
        self,
        distance: BaseDistance,
        query: Mapping[str, Tensor],
        candidates: Mapping[str, Tensor],
        known: Tensor | None = None,
        chosen: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> None:
        self.distance = distance
        if chosen is None:
            chosen = tuple(np.arange(len(images[distance.descriptors[0]])) for images in (query, candidates))
        self._chosen_query, self._chosen_candidates = map(torch.from_numpy, chosen)
        self.num_query, self.num_candidates = map(len, chosen)
        self._query, self._candidates, self._known = query, candidates, known
        elements = sum(query[name][:1].numel() for name in distance.descriptors)
        self._tile = min(_TILE, max(1, _DESCRIPTOR_ELEMENTS // max(1, elements)))

    def from_queries(self, gallery: Tensor) -> Tensor:
        """(Q, G) float64 distances of all queries to some candidates, counted from the first candidate."""
        if self._known is not None:
            return self._known[:, gallery].to('cpu', torch.float64)
        return self._between(torch.arange(self.num_query), self.num_query + gallery)

    def of_pairs(self, distance: BaseDistance, rows: Tensor, columns: Tensor) -> Tensor:
        """(n,) float64 of another distance between some queries and candidates, each counted from its first."""
        pairs = self._chosen_query[rows], self._chosen_candidates[columns]
        return distance.pair_distances(self._query, self._candidates, *pairs).to('cpu', torch.float64)

    def nearest_within(self, subsets: Sequence[Tensor], k: int) -> list[Neighbors]:
        """For each of some sets of images, the k nearest of each of its images within it.

        Neighbors are numbered within the set, and equal distances stand in its order.
        """
        found = [Neighbors.empty(len(subset), min(k, len(subset))) for subset in subsets]
        used = torch.unique(torch.cat(list(subsets)))
        columns = [torch.searchsorted(used, subset) for subset in subsets]
        orders = [places.argsort() for places in columns]

        def fill(rows: slice) -> None:
            block = self._between(used[rows], used)
            for neighbors, places, order in zip(found, columns, orders, strict=True):
                first, last = torch.searchsorted(places[order], torch.tensor([rows.start, rows.stop])).tolist()
                for members in order[first:last].split(_SELECTED_ROWS):
                    chosen = _rows(block, places[members] - rows.start)
                    neighbors[members] = nearest(chosen.index_select(1, places), k)

        map_row_blocks(fill, len(used), _ROWS)
        return found

    def at(self, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
        """Distances of pairs of images, given as lists of (first, second); any number of lists in one go.

        Computed are those of a few images to all that one of them forms a pair with. Each pair is put down to the
        lower of its numbers: distances are symmetric.
        """
        values = [np.empty(len(first)) for first, _ in pairs]
        lower, higher = ([bound(*pair) for pair in pairs] for bound in (np.minimum, np.maximum))
        orders = [np.argsort(low, kind='stable') for low in lower]
        num_images = self.num_query + self.num_candidates

        def fill(rows: slice) -> None:
            chosen = [
                order[slice(*np.searchsorted(low, (rows.start, rows.stop), sorter=order))]
                for low, order in zip(lower, orders, strict=True)
            ]
            is_partner = np.zeros(num_images, dtype=bool)
            for high, some in zip(higher, chosen, strict=True):
                is_partner[high[some]] = True
            place = np.cumsum(is_partner) - 1
            partners = torch.from_numpy(np.flatnonzero(is_partner))
            block = self._between(torch.arange(rows.start, rows.stop), partners).numpy()
            for low, high, some, found in zip(lower, higher, chosen, values, strict=True):
                found[some] = block[low[some] - rows.start, place[high[some]]]

        map_row_blocks(fill, num_images, _PAIR_ROWS)
        return values

    def _between(self, rows: Tensor, columns: Tensor) -> Tensor:
        distances = torch.empty(len(rows), len(columns), dtype=torch.float64)
        for top in range(0, len(rows), self._tile):
            some = self._take(rows[top : top + self._tile])
            for left in range(0, len(columns), self._tile):
                tile = self.distance(some, self._take(columns[left : left + self._tile]))
                distances[top : top + self._tile, left : left + self._tile] = tile
        return distances

    def _take(self, images: Tensor) -> dict[str, Tensor]:
        of_query = self._chosen_query[images[images < self.num_query]]
        of_candidates = self._chosen_candidates[images[images >= self.num_query] - self.num_query]
        return {
            name: torch.cat([self._query[name][of_query], self._candidates[name][of_candidates]])
            for name in self.distance.descriptors
        }


def _rows(matrix: Tensor, rows: Tensor) -> Tensor:
    """Some rows in ascending order; a view where they are consecutive, as queries are."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1:
        return matrix[rows[0] : rows[-1] + 1]
    return matrix[rows]
