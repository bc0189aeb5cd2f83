"""Score many queries in many galleries at once, from one distance matrix.

Every trial of a protocol ranks the same queries against another subset of the same candidate images. Nothing is sorted
by distance. For each query and candidate, :class:`MatchIntervals` counts the matches before the candidate, once. Two
counts follow in each trial:

- The rank of a match counts the trial's images that have at most as many matches before them as this match has.
- Its CMC rank over identities counts the identities of these images.

The lower gallery index breaks ties. :mod:`.definition` gives the same scores in plain code, for one query.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mmvireid.utils.row_blocks import map_row_blocks

from .definition import check_cmc_unit
from .match_intervals import IdentityOrder, MatchIntervals
from .scores import RankingScores, scores_from_ranks

# Elements of the distance matrix in one block: they bound the memory and stay in the cache.
_BLOCK_ELEMENTS = 1 << 19
# Images of one identity in one column, see _images_by_identity.
_COLUMN_LENGTH = 4


def rank_gallery(
    distmat: Tensor,
    query_pids: np.ndarray,
    gallery_pids: np.ndarray,
    excluded: np.ndarray | None = None,
    cmc_unit: str = 'identity',
) -> RankingScores:
    """Score every query in the whole gallery: :func:`rank_trials` with one trial that holds every image.

    Example:
        >>> distmat = torch.tensor([[0.5, 0.1, 0.3, 0.4, 0.2]])
        >>> scores = rank_gallery(distmat, np.array([5]), np.array([5, 7, 5, 9, 7]))
        >>> scores.first_match.tolist(), scores.inp.tolist()
        ([2], [0.4])
    """
    members = np.ones((1, len(gallery_pids)), dtype=bool)
    return rank_trials(distmat, query_pids, gallery_pids, members, excluded, cmc_unit)[0]


def rank_trials(
    distmat: Tensor,
    query_pids: np.ndarray,
    gallery_pids: np.ndarray,
    members: np.ndarray,
    excluded: np.ndarray | None = None,
    cmc_unit: str = 'identity',
) -> list[RankingScores]:
    """Score every query in every trial.

    Args:
        distmat: (Q, G) floating-point distances between queries and all candidate gallery images, on the CPU.
        query_pids: (Q,) integer identities.
        gallery_pids: (G,) integer identities.
        members: (T, G) bool, the gallery images of each trial.
        excluded: (Q, G) bool, True if a query skips a gallery image. None: no query skips an image.
        cmc_unit: What a CMC rank counts: ``'identity'`` (the SYSU-MM01 protocol) or ``'image'``.

    Returns:
        One :class:`RankingScores` per trial.

    Raises:
        ValueError: Shapes do not fit, a distance is NaN or infinite, or ``cmc_unit`` is unknown.

    Example:
        The second trial does not hold image 1, which is the nearest image of another identity.

        >>> distmat = torch.tensor([[0.5, 0.1, 0.3]])
        >>> members = np.array([[True, True, True], [True, False, True]])
        >>> trials = rank_trials(distmat, np.array([5]), np.array([5, 7, 5]), members)
        >>> [scores.first_match.tolist() for scores in trials]
        [[2], [1]]
    """
    query_pids, gallery_pids, members = (np.asarray(array) for array in (query_pids, gallery_pids, members))
    _check_shapes(distmat, query_pids, gallery_pids, members, excluded)
    identities = IdentityOrder(query_pids, gallery_pids)
    indices = torch.arange(len(gallery_pids))
    in_trial = torch.from_numpy(members.T.astype(np.float32, order='C'))
    cmc_ranks = _cmc_ranks(cmc_unit, gallery_pids, members)

    def score_block(rows: slice) -> tuple[np.ndarray, ...]:
        block = distmat[rows]
        check_finite(block, np.arange(rows.start, rows.stop), indices.numpy())
        matches, is_match = (torch.from_numpy(array) for array in identities.matches(rows))
        skipped = None if excluded is None else torch.as_tensor(excluded[rows])
        if skipped is not None:
            is_match &= ~skipped.gather(1, matches)
        intervals = MatchIntervals(block.gather(1, matches).masked_fill(~is_match, torch.inf), matches)
        before, ties = intervals.locate_with_ties(block, indices)
        ties = _ties_with_others(ties, query_pids[rows], gallery_pids, skipped)
        if skipped is not None:
            before.masked_fill_(skipped, matches.shape[1])  # behind every match
        before = before.numpy().astype(np.min_scalar_type(matches.shape[1]))
        first_match, ap, inp, first_before = _image_scores(before, intervals, members, in_trial)
        tied = _tied_queries(ties, intervals, in_trial)
        return cmc_ranks(before, first_before, first_match), ap, inp, tied

    rows = max(1, _BLOCK_ELEMENTS // max(1, len(gallery_pids)))
    blocks = map_row_blocks(score_block, len(query_pids), rows)
    columns = (np.concatenate(column, axis=1) for column in zip(*blocks, strict=True))
    return [RankingScores(*trial) for trial in zip(*columns, strict=True)]


def check_finite(distmat: Tensor, queries: np.ndarray, gallery: np.ndarray) -> None:
    """Refuse a block of the distance matrix that has a NaN or infinite distance.

    Args:
        distmat: (n, g) distances.
        queries: (n,) query indices for the error message.
        gallery: (g,) gallery indices for the error message.

    Raises:
        ValueError: A distance is NaN or infinite. The message names the first one.

    Example:
        >>> check_finite(torch.tensor([[0.5, torch.inf]]), np.array([3]), np.array([7, 8]))
        Traceback (most recent call last):
        ValueError: The distance between query 3 and gallery image 8 is inf.
    """
    if not torch.stack(distmat.aminmax()).isfinite().all():
        row, column = (~distmat.isfinite()).nonzero()[0].tolist()
        raise ValueError(
            f'The distance between query {queries[row]} and gallery image {gallery[column]} '
            f'is {distmat[row, column].item()}.'
        )


def _image_scores(
    before: np.ndarray, intervals: MatchIntervals, members: np.ndarray, in_trial: Tensor
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Score n queries in each trial, with ranks that count images.

    Args:
        before: (n, G) number of matches before each image.
        intervals: The matches.
        members: (T, G) bool, the images of each trial.
        in_trial: (G, T) float32, ``members`` as ones and zeros.

    Returns:
        Four arrays (T, n): ``first_match``, ``ap`` and ``inp`` of :class:`RankingScores`, and the number of the
        query's matches before the trial's first match.
    """
    num_query, num_matches, num_trials = len(before), intervals.indices.shape[1], len(members)
    # Put images with the same number of matches before them side by side. For small integers this is a radix sort.
    grouped = torch.from_numpy(np.argsort(before, axis=1, kind='stable'))
    group = before + (num_matches + 1) * np.arange(num_query)[:, None]
    sizes = torch.from_numpy(np.bincount(group.reshape(-1), minlength=num_query * (num_matches + 1)))
    counts = torch.embedding_bag(in_trial, grouped.view(-1), sizes.cumsum(0) - sizes, mode=0)[0]  # mode 0: sum
    rank = counts.view(num_query, num_matches + 1, num_trials).cumsum(dim=1).numpy()  # float32 is exact below 2^24

    is_match = np.arange(num_matches) < intervals.counts.numpy()[:, None]
    trial, query, number = np.nonzero(members[:, intervals.indices.numpy()] & is_match)
    trial_query = trial * num_query + query
    scores = scores_from_ranks(trial_query, rank[query, number, trial].astype(np.int64), num_trials * num_query)
    first_before = np.zeros(num_trials * num_query, before.dtype)
    first_before[trial_query[::-1]] = number[::-1]  # the last write wins, and that is the first match
    columns = scores.first_match, scores.ap, scores.inp, first_before
    return tuple(column.reshape(num_trials, num_query) for column in columns)


def _ties_with_others(ties: Tensor, query_pids: np.ndarray, gallery_pids: np.ndarray, skipped: Tensor | None) -> Tensor:
    """Keep the ties between a match and an image of another identity that the query does not skip."""
    if not ties.shape[1]:
        return ties
    row, column, _ = ties
    kept = torch.from_numpy(query_pids[row.numpy()] != gallery_pids[column.numpy()])
    if skipped is not None:
        kept &= ~skipped[row, column]
    return ties[:, kept]


def _tied_queries(ties: Tensor, intervals: MatchIntervals, in_trial: Tensor) -> np.ndarray:
    """Find the queries with a tie between a match and another image of the same trial.

    Args:
        ties: (3, P) row, column and match of each tie, as :meth:`MatchIntervals.locate_with_ties` returns them.
        intervals: The matches.
        in_trial: (G, T) float32, the images of each trial as ones and zeros.

    Returns:
        (T, n) bool.
    """
    num_query, num_matches = intervals.indices.shape
    tied = torch.zeros(num_query, in_trial.shape[1])
    if not ties.shape[1]:
        return tied.T.numpy() > 0
    # A group is one distance of one query that matches and other images have.
    groups = intervals.tie_groups() + num_matches * torch.arange(num_query)[:, None]
    row, column, match = ties
    number, of_tie = groups[row, match].unique(return_inverse=True)
    is_match = torch.arange(num_matches) < intervals.counts[:, None]
    place = torch.searchsorted(number, groups).clamp(max=len(number) - 1)
    in_group = is_match & (number[place] == groups)
    both = _any_in_trial(place[in_group], intervals.indices[in_group], in_trial, len(number))
    both &= _any_in_trial(of_tie, column, in_trial, len(number))
    return tied.index_add_(0, number // num_matches, both.float()).T.numpy() > 0


def _any_in_trial(group: Tensor, images: Tensor, in_trial: Tensor, num_groups: int) -> Tensor:
    """Return (groups, T) bool: a trial holds an image of the group."""
    order = group.argsort(stable=True)
    sizes = torch.bincount(group, minlength=num_groups)
    return torch.embedding_bag(in_trial, images[order], sizes.cumsum(0) - sizes, mode=0)[0] > 0  # mode 0: sum


def _cmc_ranks(
    cmc_unit: str, gallery_pids: np.ndarray, members: np.ndarray
) -> Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """Choose how a CMC rank is counted. Only this function of the engine knows ``cmc_unit``.

    Returns:
        A function of ``before``, ``first_before`` and ``first_match`` of :func:`_image_scores`. It returns the CMC
        rank (T, n) of each query's first match, 0 without a match.
    """
    check_cmc_unit(cmc_unit)
    if cmc_unit == 'image':
        return lambda before, first_before, first_match: first_match
    trial_columns = [_images_by_identity(gallery_pids, member) for member in members]

    def count_identities(before: np.ndarray, first_before: np.ndarray, first_match: np.ndarray) -> np.ndarray:
        before = np.ascontiguousarray(before.T)  # one image per row: the images of an identity are whole rows
        ranks = np.empty_like(first_match)
        for trial, (images, starts) in enumerate(trial_columns):
            nearest = np.minimum.reduceat(before[images].min(axis=0), starts, axis=0)
            ranks[trial] = np.count_nonzero(nearest <= first_before[trial], axis=0)
        return ranks * (first_match > 0)

    return count_identities


def _images_by_identity(gallery_pids: np.ndarray, member: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Arrange the images of one trial in columns; a column holds up to four images of one identity.

    It is faster to reduce columns of equal length, and then a few columns per identity, than groups of any length.

    Returns:
        Image indices (4, C), and the first column of each identity. Copies of an identity's last image fill up its
        last column.
    """
    images = np.flatnonzero(member)
    images = images[np.argsort(gallery_pids[images], kind='stable')]
    _, counts = np.unique(gallery_pids[images], return_counts=True)
    num_columns = -(-counts // _COLUMN_LENGTH)
    starts = num_columns.cumsum() - num_columns
    identity = np.repeat(np.arange(len(counts)), num_columns)
    number = np.arange(len(identity)) - starts[identity]
    last = counts.cumsum() - 1
    first = last[identity] - counts[identity] + 1 + number * _COLUMN_LENGTH
    return images[np.minimum(first + np.arange(_COLUMN_LENGTH)[:, None], last[identity])], starts


def _check_shapes(
    distmat: Tensor,
    query_pids: np.ndarray,
    gallery_pids: np.ndarray,
    members: np.ndarray,
    excluded: np.ndarray | None,
) -> None:
    shape = tuple(distmat.shape)
    if shape != (len(query_pids), len(gallery_pids)):
        raise ValueError(
            f'distmat has shape {shape}; there are {len(query_pids)} queries and {len(gallery_pids)} gallery images.'
        )
    if members.shape[1:] != (len(gallery_pids),) or not members.any(axis=1).all():
        raise ValueError(f'members must have shape (T, {len(gallery_pids)}) and at least one image in each trial.')
    if excluded is not None and tuple(excluded.shape) != shape:
        raise ValueError(f'excluded has shape {tuple(excluded.shape)}; distmat has shape {shape}.')
