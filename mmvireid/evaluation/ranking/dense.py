"""CMC, average precision and inverse negative penalty of many queries, over many galleries, at once.

Every trial of a protocol ranks the same queries against another subset of the same candidate images. Nothing is sorted
by distance: for each query and candidate the number of the query's matches before it is found once
(:class:`MatchIntervals`), and

- the rank of a match in a trial = the number of the trial's images with no more matches before them than it has;
- its identity-collapsed rank = the number of identities with such an image in the trial.

Ties are broken by gallery index.
"""

import numpy as np
import torch
from torch import Tensor

from mmvireid.utils.row_blocks import map_row_blocks

from .identity_order import IdentityOrder
from .match_intervals import MatchIntervals
from .scores import RankingScores, scores_from_ranks

# Elements of the (queries, gallery) matrix worked on at a time: bounds the memory and keeps a block in the cache.
_BLOCK_ELEMENTS = 1 << 19
_COLUMN = 4


def rank_gallery(
    distances: Tensor,
    query_pids: np.ndarray,
    gallery_pids: np.ndarray,
    excluded: np.ndarray | None = None,
    cmc_unit: str = 'identity',
) -> RankingScores:
    """:func:`rank_trials` for one trial that holds the whole gallery."""
    members = np.ones((1, len(gallery_pids)), dtype=bool)
    return rank_trials(distances, query_pids, gallery_pids, members, excluded, cmc_unit)[0]


def rank_trials(
    distances: Tensor,
    query_pids: np.ndarray,
    gallery_pids: np.ndarray,
    members: np.ndarray,
    excluded: np.ndarray | None = None,
    cmc_unit: str = 'identity',
) -> list[RankingScores]:
    """Score every query in every trial.

    Args:
        distances: (Q, G) floating-point distances between queries and all candidate gallery images, on the CPU.
        query_pids: (Q,) integer identities.
        gallery_pids: (G,) integer identities.
        members: (T, G) bool, the gallery images that belong to each trial.
        excluded: (Q, G) bool, True where a query skips a gallery image; None where no query skips any.
        cmc_unit: What ``first_match`` counts, ``'identity'`` (the SYSU-MM01 protocol) or ``'image'``.

    Returns:
        One :class:`RankingScores` a trial.

    Raises:
        ValueError: If the shapes do not fit or a distance is NaN or infinite.
    """
    query_pids, gallery_pids, members = (np.asarray(array) for array in (query_pids, gallery_pids, members))
    _check_shapes(distances, query_pids, gallery_pids, members, excluded)
    identities = IdentityOrder(query_pids, gallery_pids)
    indices = torch.arange(len(gallery_pids))
    in_trial = torch.from_numpy(members.T.astype(np.float32, order='C'))
    counts_identities = cmc_unit == 'identity'
    trial_identities = [_images_by_identity(gallery_pids, member) for member in members] if counts_identities else []

    def score_block(rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        block = distances[rows]
        check_finite(block, np.arange(rows.start, rows.stop), indices.numpy())
        matches, is_match = (torch.from_numpy(array) for array in identities.matches(rows))
        skipped = None if excluded is None else torch.as_tensor(excluded[rows])
        if skipped is not None:
            is_match &= ~skipped.gather(1, matches)
        intervals = MatchIntervals(block.gather(1, matches).masked_fill(~is_match, torch.inf), matches)
        before = intervals.locate(block, indices)
        if skipped is not None:
            before.masked_fill_(skipped, matches.shape[1])  # behind every match
        before = before.numpy().astype(np.min_scalar_type(matches.shape[1]))
        first_match, ap, inp, first_before = _image_scores(before, intervals, members, in_trial)
        if cmc_unit == 'identity':
            valid = first_match > 0
            before = np.ascontiguousarray(before.T)  # an image a row: those of an identity are whole rows
            for trial, (images, starts) in enumerate(trial_identities):
                best = np.minimum.reduceat(before[images].min(axis=0), starts, axis=0)
                first_match[trial] = np.count_nonzero(best <= first_before[trial], axis=0) * valid[trial]
        return first_match, ap, inp

    rows = max(1, _BLOCK_ELEMENTS // max(1, len(gallery_pids)))
    blocks = map_row_blocks(score_block, len(query_pids), rows)
    first_match, ap, inp = (np.concatenate(column, axis=1) for column in zip(*blocks, strict=True))
    return [RankingScores(*trial) for trial in zip(first_match, ap, inp, strict=True)]


def check_finite(distances: Tensor, queries: np.ndarray, gallery: np.ndarray) -> None:
    """Refuse distances (n, g) that are NaN or infinite; ``queries`` (n,) and ``gallery`` (g,) are for the message.

    Raises:
        ValueError: Naming the first.
    """
    if not torch.stack(distances.aminmax()).isfinite().all():
        row, column = (~distances.isfinite()).nonzero()[0].tolist()
        raise ValueError(
            f'The distance between query {queries[row]} and gallery image {gallery[column]} '
            f'is {distances[row, column].item()}.'
        )


def _image_scores(
    before: np.ndarray, intervals: MatchIntervals, members: np.ndarray, in_trial: Tensor
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores over images in each trial.

    Args:
        before: (n, G) number of matches before each image.
        intervals: The matches.
        members: (T, G) bool, the images of each trial.
        in_trial: (G, T) float32 ones and zeros, the same.

    Returns:
        ``first_match``, ``ap`` and ``inp`` of :class:`RankingScores`, and how many of the query's matches stand before
        the trial's first one; each of shape (T, n).
    """
    num_query, num_matches, num_trials = len(before), intervals.indices.shape[1], len(members)
    # Images with the same number of matches before them go side by side; of small numbers this is a radix sort.
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
    first_before[trial_query[::-1]] = number[::-1]  # what is written last stays: the first
    columns = scores.first_match, scores.ap, scores.inp, first_before
    return tuple(column.reshape(num_trials, num_query) for column in columns)


def _images_by_identity(gallery_pids: np.ndarray, member: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Images of one trial in columns of up to four images of one identity.

    Reducing columns of equal length and then a few columns an identity is faster than identities of any length.

    Returns:
        (4, C) image indices, where an identity's last image fills up its last column; and where each identity begins.
    """
    images = np.flatnonzero(member)
    images = images[np.argsort(gallery_pids[images], kind='stable')]
    _, counts = np.unique(gallery_pids[images], return_counts=True)
    num_columns = -(-counts // _COLUMN)
    starts = num_columns.cumsum() - num_columns
    identity = np.repeat(np.arange(len(counts)), num_columns)
    number = np.arange(len(identity)) - starts[identity]
    last = counts.cumsum() - 1
    first = last[identity] - counts[identity] + 1 + number * _COLUMN
    return images[np.minimum(first + np.arange(_COLUMN)[:, None], last[identity])], starts


def _check_shapes(
    distances: Tensor,
    query_pids: np.ndarray,
    gallery_pids: np.ndarray,
    members: np.ndarray,
    excluded: np.ndarray | None,
) -> None:
    shape = tuple(distances.shape)
    if shape != (len(query_pids), len(gallery_pids)):
        raise ValueError(
            f'distances have shape {shape}; there are {len(query_pids)} queries and {len(gallery_pids)} gallery images.'
        )
    if members.shape[1:] != (len(gallery_pids),) or not members.any(axis=1).all():
        raise ValueError(f'members must have shape (T, {len(gallery_pids)}) and name at least one image in each trial.')
    if excluded is not None and tuple(excluded.shape) != shape:
        raise ValueError(f'excluded has shape {tuple(excluded.shape)}, the distances {shape}.')
