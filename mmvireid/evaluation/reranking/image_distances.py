"""Distances among all images of several trials, in blocks of at most a few hundred megabytes."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from mmvireid.utils.row_blocks import map_row_blocks

from ..distances import BaseDistance
from .neighbors import Neighbors, nearest

# Images per block. _ROWS: distances to all other images. _SELECTED_ROWS: a copy for one subset. _PAIR_ROWS: distances
# to partners.
_ROWS, _SELECTED_ROWS, _PAIR_ROWS = 512, 128, 64
# Limits of one call of the distance, on either side: images, and elements of their descriptors (maybe float32 copies).
_TILE, _DESCRIPTOR_ELEMENTS = 1024, 1 << 25


class ImageDistances:
    """Compute distances among Q queries and C candidate images.

    Images are numbered together: queries from 0, then candidates from Q.

    Args:
        distance: Symmetric distance between any two images.
        query: Descriptors of the queries.
        candidates: Descriptors of the candidates.
        known: (Q, C) distances between queries and candidates, if known.
        chosen: Indices (Q,) into ``query`` and (C,) into ``candidates``, if these hold other images too. The caller
            then need not copy large descriptors.

    Example:
        >>> from mmvireid.evaluation import EuclideanDistance
        >>> query, candidates = {'feature': torch.tensor([[0.0]])}, {'feature': torch.tensor([[3.0], [4.0]])}
        >>> images = ImageDistances(EuclideanDistance(), query, candidates)
        >>> images.from_queries(torch.tensor([1, 0])).tolist()
        [[4.0, 3.0]]
        >>> first, second = np.array([0, 1]), np.array([2, 2])  # query and candidate 1, candidates 0 and 1
        >>> images.image_pair_distances([(first, second)])[0].tolist()
        [4.0, 1.0]
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
        """Compute the distances (Q, G) float64 from all queries to some candidates, given by candidate indices."""
        if self._known is not None:
            return self._known[:, gallery].to('cpu', torch.float64)
        return self._compute_distances(torch.arange(self.num_query), self.num_query + gallery)

    def pair_distances(self, distance: BaseDistance, rows: Tensor, columns: Tensor) -> Tensor:
        """Compute another distance (n,) float64 for pairs of a query (row) and a candidate (column)."""
        pairs = self._chosen_query[rows], self._chosen_candidates[columns]
        return distance.pair_distances(self._query, self._candidates, *pairs).to('cpu', torch.float64)

    def nearest_within(self, subsets: Sequence[Tensor], k: int) -> list[Neighbors]:
        """For each subset of images, find the k nearest images of each image within the subset.

        Neighbors are positions in the subset. The order of the subset breaks ties.
        """
        found = [Neighbors.empty(len(subset), min(k, len(subset))) for subset in subsets]
        used = torch.unique(torch.cat(list(subsets)))
        columns = [torch.searchsorted(used, subset) for subset in subsets]
        orders = [places.argsort() for places in columns]

        def fill(rows: slice) -> None:
            block = self._compute_distances(used[rows], used)
            for neighbors, places, order in zip(found, columns, orders, strict=True):
                first, last = torch.searchsorted(places[order], torch.tensor([rows.start, rows.stop])).tolist()
                for members in order[first:last].split(_SELECTED_ROWS):
                    chosen = _take_rows(block, places[members] - rows.start)
                    neighbors[members] = nearest(chosen.index_select(1, places), k)

        map_row_blocks(fill, len(used), _ROWS)
        return found

    def image_pair_distances(self, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
        """Compute the distances of image pairs, given as lists of (first, second).

        Each step compares 64 images with all their partners, for all lists at once. Distances are symmetric, so the
        lower image number of a pair decides its step.
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
            block = self._compute_distances(torch.arange(rows.start, rows.stop), partners).numpy()
            for low, high, some, found in zip(lower, higher, chosen, values, strict=True):
                found[some] = block[low[some] - rows.start, place[high[some]]]

        map_row_blocks(fill, num_images, _PAIR_ROWS)
        return values

    def _compute_distances(self, rows: Tensor, columns: Tensor) -> Tensor:
        distmat = torch.empty(len(rows), len(columns), dtype=torch.float64)
        for top in range(0, len(rows), self._tile):
            some = self._take(rows[top : top + self._tile])
            for left in range(0, len(columns), self._tile):
                tile = self.distance(some, self._take(columns[left : left + self._tile]))
                distmat[top : top + self._tile, left : left + self._tile] = tile
        return distmat

    def _take(self, images: Tensor) -> dict[str, Tensor]:
        query = self._chosen_query[images[images < self.num_query]]
        candidates = self._chosen_candidates[images[images >= self.num_query] - self.num_query]
        return {
            name: torch.cat([self._query[name][query], self._candidates[name][candidates]])
            for name in self.distance.descriptors
        }


def _take_rows(distmat: Tensor, rows: Tensor) -> Tensor:
    """Take some rows in ascending order. Consecutive rows, such as queries, need no copy."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1:
        return distmat[rows[0] : rows[-1] + 1]
    return distmat[rows]
