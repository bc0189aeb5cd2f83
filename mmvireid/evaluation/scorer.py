"""Compute ranking scores from descriptors, with one distance matrix or block by block."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from mmvireid.structures import ImageSet

from .distances import BaseDistance
from .protocols import BaseProtocol
from .ranking import RankingScores, rank_gallery, rank_streaming, rank_trials
from .reranking import BaseReranking

# A larger (queries, candidates) distance matrix is not held in memory (1 GiB of float64).
MAX_DENSE_PAIRS = 1 << 27
# A call of the distance copies at most this many bytes of descriptors per side.
MAX_COPIED_BYTES = 1 << 29


class Scorer:
    """Rank one set of queries in galleries that are drawn from one test set.

    Args:
        images: Annotations of N images, sorted by path.
        descriptors: Tensors (N, ...) that the distance and the re-ranking compare, by name.
        protocol: Protocol that excludes pairs and sets what a CMC rank counts.
        distance: Distance that compares the images.
        queries: (Q,) indices, ascending.
        device: Device on which distances are computed.

    Example:
        >>> from mmvireid.evaluation import CosineDistance, ImageSet, RegDBProtocol
        >>> images = ImageSet(pids=[1, 1, 2], cam_ids=[0, 0, 0], modalities=[0, 1, 1], paths=['a', 'b', 'c'])
        >>> features = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        >>> scorer = Scorer(images, {'feature': features}, RegDBProtocol(), CosineDistance(), np.array([0]))
        >>> [scores] = scorer.score([np.array([1, 2])])
        >>> scores.first_match.tolist(), scores.ap.tolist()
        ([1], [1.0])
    """

    def __init__(
        self,
        images: ImageSet,
        descriptors: Mapping[str, Tensor],
        protocol: BaseProtocol,
        distance: BaseDistance,
        queries: np.ndarray,
        device: str | torch.device = 'cpu',
    ) -> None:
        self.images = images
        self.protocol = protocol
        self.queries = queries
        self._descriptors = descriptors
        self._distance = distance
        self._device = torch.device(device)
        self._candidates = np.empty(0, dtype=np.int64)
        self._distmat = torch.empty(len(queries), 0)

    def score(self, galleries: Sequence[np.ndarray]) -> list[RankingScores]:
        """Score all queries in each gallery. A gallery is a list of image indices."""
        candidates = np.unique(np.concatenate(galleries))
        if len(self.queries) * len(candidates) > MAX_DENSE_PAIRS:
            return [self._stream(gallery) for gallery in galleries]
        return rank_trials(
            self._dense(candidates),
            self.images.pids[self.queries],
            self.images.pids[self._candidates],
            np.stack([np.isin(self._candidates, gallery) for gallery in galleries]),
            self.protocol.excluded(self.images, self.queries, self._candidates),
            self.protocol.cmc_unit,
        )

    def score_reranked(self, galleries: Sequence[np.ndarray], reranking: BaseReranking) -> list[RankingScores]:
        """Score all queries in each gallery after re-ranking. Each gallery is re-ranked alone."""
        candidates = np.unique(np.concatenate(galleries))
        places = [np.searchsorted(candidates, gallery) for gallery in galleries]
        known = self._distmat if np.array_equal(candidates, self._candidates) else None
        descriptors = {name: values.to(self._device) for name, values in self._descriptors.items()}
        chosen = (self.queries, candidates)
        reranked = reranking(self._distance, descriptors, descriptors, places, known, chosen)
        return [
            rank_gallery(
                distmat,
                self.images.pids[self.queries],
                self.images.pids[gallery],
                self.protocol.excluded(self.images, self.queries, gallery),
                self.protocol.cmc_unit,
            )
            for gallery, distmat in zip(galleries, reranked, strict=True)
        ]

    def distances(self, queries: np.ndarray, gallery: np.ndarray) -> Tensor:
        """Return distances (q, g) between q of the queries and g images. Known distances are not computed again."""
        if not np.isin(gallery, self._candidates).all():
            return self._compute(queries, gallery)
        rows, columns = np.searchsorted(self.queries, queries), np.searchsorted(self._candidates, gallery)
        return self._distmat[torch.from_numpy(rows)][:, torch.from_numpy(columns)]

    def _dense(self, candidates: np.ndarray) -> Tensor:
        """Return the distance matrix to the candidates. A matrix of an earlier call is used if it covers them."""
        if not np.isin(candidates, self._candidates).all():
            self._candidates = candidates
            self._distmat = self._compute(self.queries, candidates).cpu()
        return self._distmat

    def _stream(self, gallery: np.ndarray) -> RankingScores:
        return rank_streaming(
            lambda query, image: self._compute(self.queries[query], gallery[image]),
            self.images.pids[self.queries],
            self.images.pids[gallery],
            lambda query, image: self.protocol.excluded(self.images, self.queries[query], gallery[image]),
            self.protocol.cmc_unit,
            self._device,
        )

    def _compute(self, queries: np.ndarray, gallery: np.ndarray) -> Tensor:
        rows = []
        for query_part in self._parts(queries):
            query = self._take(query_part)
            rows.append(_join([self._distance(query, self._take(part)) for part in self._parts(gallery)], dim=1))
        return _join(rows, dim=0)

    def _parts(self, indices: np.ndarray) -> list[np.ndarray]:
        """Divide images into parts that can be copied. Runs of consecutive images on the CPU need no copy."""
        bytes_each = sum(self._descriptors[name][:1].nbytes for name in self._distance.descriptors)
        num_parts = max(1, -(-len(indices) * bytes_each // MAX_COPIED_BYTES))
        runs = np.split(indices, np.flatnonzero(np.diff(indices) != 1) + 1)
        if self._device.type == 'cpu' and 1 < num_parts >= len(runs):
            return runs
        return np.array_split(indices, num_parts)

    def _take(self, indices: np.ndarray) -> dict[str, Tensor]:
        is_run = len(indices) > 0 and (np.diff(indices) == 1).all()
        chosen = slice(indices[0], indices[-1] + 1) if is_run else torch.from_numpy(indices)
        return {name: self._descriptors[name][chosen].to(self._device) for name in self._distance.descriptors}


def _join(parts: list[Tensor], dim: int) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=dim)
