"""CMC, average precision and inverse negative penalty of many queries, over many galleries, at once.

Every trial of a protocol ranks the same queries against another subset of the same candidate images. The candidates
are therefore sorted once for each query; what a trial needs beyond that are counts along this one order:

- the rank of a match in a trial = the number of the trial's images up to it, summed segment by segment;
- its identity-collapsed rank = the number of identities whose best position in the trial comes first.

Ties are broken by gallery index: the sort is stable, and everything after it works on positions, which have no ties.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .sorting import stable_order

# Elements of the (queries, gallery) matrix worked on at a time: bounds the memory and keeps a block in the cache.
_BLOCK_ELEMENTS = 1 << 20


@dataclass
class RankingScores:
    """Scores of each query in one trial; a query without any match left has NaN scores and rank 0.

    Attributes:
        first_match: (Q,) int64, 1-based rank of the first match: among identities where ranks are collapsed (only the
            first image of each identity counts), else among images.
        ap: (Q,) float64, average precision over images: mean over the matches of (matches up to it / its rank).
        inp: (Q,) float64, inverse negative penalty: matches / rank of the last match (AGW, Ye et al. 2021, Eq. 11).
    """

    first_match: np.ndarray
    ap: np.ndarray
    inp: np.ndarray

    @property
    def valid(self) -> np.ndarray:
        """(Q,) bool: the query has at least one match in the gallery after exclusion."""
        return self.first_match > 0

    def cmc(self, max_rank: int) -> np.ndarray:
        """Cumulative matching characteristic: share of valid queries whose first match has rank <= 1 ... max_rank."""
        first_match = self.first_match[self.valid]
        counts = np.bincount(first_match[first_match <= max_rank], minlength=max_rank + 1)[1:]
        return counts.cumsum() / len(first_match)


def mean_scores(scores: RankingScores, ranks: Sequence[int] = (1, 5, 10, 20)) -> dict[str, float]:
    """Average over the valid queries: ``R<k>`` for each rank, ``mAP`` and ``mINP``, in percent.

    Raises:
        ValueError: If no query is valid.
    """
    valid = scores.valid
    if not valid.any():
        raise ValueError('No query has a match in the gallery: there is nothing to average.')
    cmc = scores.cmc(max(ranks))
    means = {f'R{rank}': 100 * float(cmc[rank - 1]) for rank in ranks}
    means['mAP'] = 100 * float(scores.ap[valid].mean())
    means['mINP'] = 100 * float(scores.inp[valid].mean())
    return means


def rank_gallery(
    distances: Tensor,
    query_pids: np.ndarray,
    gallery_pids: np.ndarray,
    excluded: np.ndarray | None = None,
    collapse_identities: bool = True,
) -> RankingScores:
    """:func:`rank_trials` for one trial that holds the whole gallery."""
    members = np.ones((1, len(gallery_pids)), dtype=bool)
    return rank_trials(distances, query_pids, gallery_pids, members, excluded, collapse_identities)[0]


def rank_trials(
    distances: Tensor,
    query_pids: np.ndarray,
    gallery_pids: np.ndarray,
    members: np.ndarray,
    excluded: np.ndarray | None = None,
    collapse_identities: bool = True,
) -> list[RankingScores]:
    """Score every query in every trial.

    Args:
        distances: (Q, G) floating-point distances between queries and all candidate gallery images.
        query_pids: (Q,) integer identities.
        gallery_pids: (G,) integer identities.
        members: (T, G) bool, the gallery images that belong to each trial.
        excluded: (Q, G) bool, True where a query skips a gallery image; None where no query skips any.
        collapse_identities: Whether ``first_match`` counts identities (the SYSU-MM01 protocol) or images.

    Returns:
        One :class:`RankingScores` a trial.

    Raises:
        ValueError: If the shapes do not fit or a distance is NaN.
    """
    query_pids, gallery_pids = torch.as_tensor(query_pids), torch.as_tensor(gallery_pids)
    members = torch.as_tensor(members)
    excluded = None if excluded is None else torch.as_tensor(excluded)
    _check_shapes(distances, query_pids, gallery_pids, members, excluded)
    num_query, num_gallery = distances.shape

    # One row more than there are images: an excluded image is looked up there and belongs to no trial.
    in_trial = torch.cat([members.T, members.new_zeros(1, len(members))]).float().contiguous()
    if collapse_identities:
        slots, own = zip(*(_identity_slots(gallery_pids, query_pids, member) for member in members), strict=True)

    def score_block(start: int) -> tuple[Tensor, Tensor, Tensor]:
        block = slice(start, start + rows)
        order = stable_order(distances[block])
        is_match = (query_pids[block, None] == gallery_pids).gather(1, order)
        position = torch.empty(order.shape, dtype=torch.int32)
        position.scatter_(1, order, torch.arange(num_gallery, dtype=torch.int32).expand_as(order))
        if excluded is not None:
            skipped = excluded[block].gather(1, order)
            is_match &= ~skipped
            order.masked_fill_(skipped, num_gallery)
            position.masked_fill_(excluded[block], num_gallery)
        first_match, ap, inp = _image_scores(order, is_match, in_trial)
        if collapse_identities:
            first_match = _collapsed_ranks(position, slots, [rows_of_trial[block] for rows_of_trial in own])
        return first_match, ap, inp

    rows = max(1, _BLOCK_ELEMENTS // max(1, num_gallery))
    blocks = _in_threads(score_block, range(0, num_query, rows))
    first_match, ap, inp = (torch.cat(column, dim=1) for column in zip(*blocks, strict=True))
    return [RankingScores(*(scores.numpy() for scores in trial)) for trial in zip(first_match, ap, inp, strict=True)]


def _in_threads(function: Callable[[int], Any], starts: Sequence[int]) -> list:
    """Map over blocks with torch's number of threads, one a block.

    Left to itself torch splits every small operation among its threads and waits for the slowest after each: ten times
    slower on a processor that others use too, and no faster on an idle one.
    """
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(num_threads) as pool:
            return list(pool.map(function, starts))
    finally:
        torch.set_num_threads(num_threads)


def _image_scores(order: Tensor, is_match: Tensor, in_trial: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Rank of the first match, AP and INP of each query in each trial, over images.

    Args:
        order: (n, G) candidate indices, nearest first; G stands for an excluded image.
        is_match: (n, G) bool, the image at this place of the order is a match.
        in_trial: (G + 1, T) float32 ones and zeros.

    Returns:
        Three tensors of shape (T, n).
    """
    # A segment runs up to and including a match, or to the end of its query's row.
    ends_segment = is_match.clone()
    ends_segment[:, -1] = True
    row, column = ends_segment.nonzero(as_tuple=True)
    end = row * order.shape[1] + column
    starts = torch.cat([end.new_zeros(1), end[:-1] + 1])
    images = torch.embedding_bag(in_trial, order.reshape(-1), starts, mode=0)[0]  # mode 0: sum
    matches = in_trial[order[row, column]] * is_match[row, column, None]

    last_of_row = torch.searchsorted(row, torch.arange(len(order)), right=True) - 1
    rank = _running_count(images, row, last_of_row)
    number = _running_count(matches, row, last_of_row)
    total = number[last_of_row]

    precision = matches * number / rank.clamp(min=1)
    per_match = (
        rank * matches * (number == 1),  # rank of the first match
        precision,
        precision * (number == total[row]),  # precision at the last match
    )
    first, precision_sum, inp = (rank.new_zeros(total.shape).index_add_(0, row, values) for values in per_match)
    ap, inp = precision_sum / total, inp.masked_fill(total == 0, torch.nan)
    return first.long().T, ap.T, inp.T


def _running_count(counts: Tensor, row: Tensor, last_of_row: Tensor) -> Tensor:
    """Cumulative sum of each row's segments, starting anew in each row, in float64 (exact for counts)."""
    running = counts.cumsum(dim=0, dtype=torch.float64)
    before_row = torch.cat([running.new_zeros(1, running.shape[1]), running[last_of_row[:-1]]])
    return running - before_row[row]


def _collapsed_ranks(position: Tensor, slots: Sequence[Tensor], own: Sequence[Tensor]) -> Tensor:
    """Rank of the query's identity when only the first image of each identity counts.

    Args:
        position: (n, G) place of each candidate in the query's order; G for an excluded image.
        slots: Images of the identities of each trial, see :func:`_identity_slots`.
        own: For each trial (n,) rows of ``slots``, the query's identity.

    Returns:
        Ranks of shape (T, n); 0 where no image of the query's identity is left.
    """
    num_query, num_gallery = position.shape
    nowhere = position.new_full((1, num_query), num_gallery)
    position = torch.cat([position.T, nowhere])  # an image a row: a trial's images are whole rows
    ranks = []
    for images, own_row in zip(slots, own, strict=True):
        best = position[images.reshape(-1)].view(*images.shape, num_query).amin(dim=1)
        own_best = best.gather(0, own_row[None])[0]
        ranks.append(((best < own_best).sum(dim=0) + 1) * (own_best < num_gallery))
    return torch.stack(ranks)


def _identity_slots(gallery_pids: Tensor, query_pids: Tensor, member: Tensor) -> tuple[Tensor, Tensor]:
    """Images of each identity of one trial, and where each query finds its identity there.

    Returns:
        (I + 1, K) indices of the identities' images, padded with G, the last row all padding; and (Q,) rows of it, the
        last one for a query whose identity is not in the trial.
    """
    images = member.nonzero()[:, 0]
    images = images[torch.argsort(gallery_pids[images], stable=True)]
    identities, counts = gallery_pids[images].unique_consecutive(return_counts=True)
    row = torch.repeat_interleave(counts)
    column = torch.arange(len(images)) - (counts.cumsum(0) - counts)[row]
    slots = images.new_full((len(identities) + 1, int(counts.max())), len(gallery_pids))
    slots[row, column] = images
    own = torch.searchsorted(identities, query_pids).clamp(max=len(identities) - 1)
    return slots, own.where(identities[own] == query_pids, len(identities))


def _check_shapes(
    distances: Tensor, query_pids: Tensor, gallery_pids: Tensor, members: Tensor, excluded: Tensor | None
) -> None:
    shape = tuple(distances.shape)
    if shape != (len(query_pids), len(gallery_pids)):
        raise ValueError(
            f'distances have shape {shape}; there are {len(query_pids)} queries and {len(gallery_pids)} gallery images.'
        )
    if members.shape[1:] != (len(gallery_pids),) or not members.any(dim=1).all():
        raise ValueError(f'members must have shape (T, {len(gallery_pids)}) and name at least one image in each trial.')
    if excluded is not None and tuple(excluded.shape) != shape:
        raise ValueError(f'excluded has shape {tuple(excluded.shape)}, the distances {shape}.')
    if distances.isnan().any():
        query, gallery = distances.isnan().nonzero()[0].tolist()
        raise ValueError(f'The distance between query {query} and gallery image {gallery} is NaN.')
