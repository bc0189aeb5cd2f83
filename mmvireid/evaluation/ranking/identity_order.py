"""The gallery with the images of each identity side by side."""

import numpy as np


class IdentityOrder:
    """Gallery images in ascending order of identity, those of an identity in ascending order of index.

    Args:
        query_pids: (Q,) integer identities.
        gallery_pids: (G,) integer identities.

    Attributes:
        images: (G,) gallery indices in this order.
        start: (Q,) where the images of the query's identity begin in it.
        stop: (Q,) where they end; equal to ``start`` for an identity that is not in the gallery.
    """

    def __init__(self, query_pids: np.ndarray, gallery_pids: np.ndarray) -> None:
        self.images = np.argsort(gallery_pids, kind='stable')
        self._pids = gallery_pids[self.images]
        self.start = np.searchsorted(self._pids, query_pids, side='left')
        self.stop = np.searchsorted(self._pids, query_pids, side='right')

    def matches(self, queries: slice | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gallery indices (n, M) of the queries' identities, and where they are more than padding (n, M) bool."""
        start, stop = self.start[queries, None], self.stop[queries, None]
        place = start + np.arange(max(1, int((stop - start).max())))
        return self.images[np.minimum(place, len(self.images) - 1)], place < stop

    def own_images(self, queries: np.ndarray, places: slice) -> tuple[np.ndarray, np.ndarray]:
        """Rows among some queries and columns among some places of the order where the identities are the same."""
        start = np.clip(self.start[queries], places.start, places.stop)
        length = np.clip(self.stop[queries], places.start, places.stop) - start
        row = np.repeat(np.arange(len(queries)), length)
        number = np.arange(len(row)) - (length.cumsum() - length)[row]
        return row, start[row] + number - places.start

    def is_first(self, places: slice) -> np.ndarray:
        """Whether the image before, in the order, is of another identity; (g,) bool for some places."""
        place = np.arange(places.start, places.stop)
        return (place == 0) | (self._pids[place - 1] != self._pids[place])
