"""The definition of CMC, AP and INP for one query, in plain code. Both ranking engines give exactly these scores.

``RankingScores.cmc`` in :mod:`.scores` turns the CMC ranks of many queries into the CMC curve.
"""

from collections.abc import Sequence
from typing import NamedTuple

CMC_UNITS = ('identity', 'image')


class OneQueryScores(NamedTuple):
    """Hold the scores of one query that has at least one match.

    Attributes:
        first_match: CMC rank of the first match, from 1.
        ap: Average precision: the mean over all matches of (matches so far / rank).
        inp: Inverse negative penalty: number of matches / rank of the last match (AGW, Ye et al. 2021, Eq. 11).

    Example:
        >>> OneQueryScores(first_match=1, ap=0.75, inp=0.5).ap
        0.75
    """

    first_match: int
    ap: float
    inp: float


def rank_one_query(
    distances: Sequence[float],
    query_pid: int,
    gallery_pids: Sequence[int],
    excluded: Sequence[bool] | None = None,
    cmc_unit: str = 'identity',
) -> OneQueryScores | None:
    """Rank the gallery for one query and score the ranked list.

    AP and INP always count images.

    Args:
        distances: (G,) distances between the query and all gallery images.
        query_pid: Identity of the query.
        gallery_pids: (G,) identities of the gallery images.
        excluded: (G,) bool, True for each image that the query skips. None: the query skips no image.
        cmc_unit: What a CMC rank counts. ``'image'``: every image. ``'identity'``: only the first image of each
            identity (the SYSU-MM01 protocol).

    Returns:
        The scores, or None if no match is left after exclusion.

    Raises:
        ValueError: ``cmc_unit`` is unknown.

    Example:
        The ranked identities are 7, 7, 5, 9, 5. The query's identity, 5, is at ranks 3 and 5.

        >>> distances, gallery_pids = [0.5, 0.1, 0.3, 0.4, 0.2], [5, 7, 5, 9, 7]
        >>> scores = rank_one_query(distances, 5, gallery_pids)
        >>> scores.first_match, round(scores.ap, 3), scores.inp  # identity 7 is first, identity 5 second
        (2, 0.367, 0.4)
        >>> rank_one_query(distances, 5, gallery_pids, cmc_unit='image').first_match
        3
    """
    check_cmc_unit(cmc_unit)
    kept = [image for image in range(len(gallery_pids)) if excluded is None or not excluded[image]]
    kept.sort(key=lambda image: distances[image])  # the sort is stable: ties keep the gallery's order
    ranked_pids = [gallery_pids[image] for image in kept]
    match_ranks = [rank for rank, pid in enumerate(ranked_pids, start=1) if pid == query_pid]
    if not match_ranks:
        return None

    pids_before_match = ranked_pids[: match_ranks[0] - 1]
    num_before_match = len(set(pids_before_match)) if cmc_unit == 'identity' else len(pids_before_match)

    sum_of_precisions = 0.0
    for matches_so_far, rank in enumerate(match_ranks, start=1):
        sum_of_precisions += matches_so_far / rank
    ap = sum_of_precisions / len(match_ranks)

    inp = len(match_ranks) / match_ranks[-1]
    return OneQueryScores(num_before_match + 1, ap, inp)


def has_tied_match(
    distances: Sequence[float], query_pid: int, gallery_pids: Sequence[int], excluded: Sequence[bool] | None = None
) -> bool:
    """Return whether a match has exactly the distance of another identity's image.

    Then the order of the gallery decides the rank of the match, and with it the scores of :func:`rank_one_query`.

    Example:
        >>> has_tied_match([0.5, 0.5, 0.1], query_pid=5, gallery_pids=[5, 7, 9])
        True
        >>> has_tied_match([0.5, 0.5, 0.1], query_pid=9, gallery_pids=[5, 7, 9])
        False
    """
    kept = [image for image in range(len(gallery_pids)) if excluded is None or not excluded[image]]
    matched = {distances[image] for image in kept if gallery_pids[image] == query_pid}
    return any(distances[image] in matched for image in kept if gallery_pids[image] != query_pid)


def check_cmc_unit(cmc_unit: str) -> None:
    """Refuse an unknown unit of CMC ranks.

    Raises:
        ValueError: ``cmc_unit`` is not in :data:`CMC_UNITS`.

    Example:
        >>> check_cmc_unit('identity')
        >>> check_cmc_unit('camera')
        Traceback (most recent call last):
        ValueError: cmc_unit='camera': choose 'identity' or 'image'.
    """
    if cmc_unit not in CMC_UNITS:
        raise ValueError(f'cmc_unit={cmc_unit!r}: choose {" or ".join(map(repr, CMC_UNITS))}.')
