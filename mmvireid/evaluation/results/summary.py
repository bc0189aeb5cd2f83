"""Summarize the scores of one setting: means over trials, and the mean scores of each query."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from mmvireid.structures import ImageSet

from ..protocols import Trial
from ..ranking import RankingScores, mean_scores

SCORES = ('R1', 'R5', 'R10', 'R20', 'mAP', 'mINP')
CMC_RANKS = 50


def summarize(images: ImageSet, trials: Sequence[Trial], scores: Sequence[RankingScores]) -> dict:
    """Summarize one setting over its trials.

    Returns:
        A dict with these keys. All scores are in percent.

        - ``R1``, ``R5``, ``R10``, ``R20``, ``mAP`` and ``mINP``: means over trials. Each also with ``_std``, the
          population deviation (the divisor is the number of trials).
        - ``num_query``; ``num_valid_query``, the queries with a match in the gallery (no mean counts the others);
          ``num_gallery``; ``num_short_cells`` (see :class:`Trial`).
        - ``tied_queries``: percent of the valid queries with a match at exactly the distance of another identity's
          image, mean over trials. The order of the gallery decides their scores.
        - ``cmc``: ranks 1 to 50, mean over trials.
        - ``trials``: scores and counts of each trial, and a digest of its gallery's paths.
        - ``queries``: ``paths``, and for each query ``R1`` (share of trials with a match at rank 1), ``AP`` and
          ``INP``, means over trials. A query without a match has None.

    Example:
        >>> images = ImageSet(pids=[1, 1], cam_ids=[3, 1], modalities=[1, 0], paths=['a', 'b'])
        >>> trials = [Trial('all', 0, query_indices=np.array([0]), gallery_indices=np.array([1]))]
        >>> scores = [RankingScores(first_match=np.array([1]), ap=np.array([1.0]), inp=np.array([1.0]))]
        >>> summary = summarize(images, trials, scores)
        >>> summary['mAP'], summary['num_valid_query'], summary['queries']['AP']
        (100.0, 1, [100.0])
    """
    trial_rows = [
        dict(
            trial=trial.number,
            **mean_scores(trial_scores),
            num_valid_query=int(trial_scores.valid.sum()),
            num_gallery=len(trial.gallery_indices),
            gallery_digest=_digest(images.paths[trial.gallery_indices]),
        )
        for trial, trial_scores in zip(trials, scores, strict=True)
    ]
    first = trials[0]
    means = query_means(scores)
    return dict(
        **mean_and_deviation(trial_rows),
        num_query=len(first.query_indices),
        num_valid_query=trial_rows[0]['num_valid_query'],
        num_gallery=trial_rows[0]['num_gallery'],
        num_short_cells=first.num_short_cells,
        tied_queries=float(100 * np.mean([row.tied[row.valid].mean() if row.valid.any() else 0.0 for row in scores])),
        cmc=(100 * np.mean([trial_scores.cmc(CMC_RANKS) for trial_scores in scores], axis=0)).tolist(),
        trials=trial_rows,
        queries=dict(
            paths=images.paths[first.query_indices].tolist(),
            **{name: [None if np.isnan(v) else v for v in values.tolist()] for name, values in means.items()},
        ),
    )


def mean_and_deviation(trials: Sequence[Mapping]) -> dict[str, float]:
    """Compute each score's mean over trials, and with the suffix ``_std`` its population deviation.

    Example:
        >>> trials = [dict.fromkeys(SCORES, 50.0), dict.fromkeys(SCORES, 70.0)]
        >>> summary = mean_and_deviation(trials)
        >>> summary['mAP'], summary['mAP_std']
        (60.0, 10.0)
    """
    summary = {}
    for name in SCORES:
        values = np.array([trial[name] for trial in trials])
        summary[name] = float(values.mean())
        summary[f'{name}_std'] = float(values.std())
    return summary


def query_means(scores: Sequence[RankingScores]) -> dict[str, np.ndarray]:
    """Compute the mean ``R1``, ``AP`` and ``INP`` (Q,) of each query in percent.

    A mean counts the trials in which the query has a match. A query without any match has NaN.

    Example:
        >>> trial_0 = RankingScores(first_match=np.array([1]), ap=np.array([1.0]), inp=np.array([1.0]))
        >>> trial_1 = RankingScores(first_match=np.array([2]), ap=np.array([0.5]), inp=np.array([0.5]))
        >>> {name: values.tolist() for name, values in query_means([trial_0, trial_1]).items()}
        {'R1': [50.0], 'AP': [75.0], 'INP': [75.0]}
    """
    valid = np.stack([trial_scores.valid for trial_scores in scores])
    stacked = dict(
        R1=np.stack([trial_scores.first_match == 1 for trial_scores in scores]),
        AP=np.stack([trial_scores.ap for trial_scores in scores]),
        INP=np.stack([trial_scores.inp for trial_scores in scores]),
    )
    num_valid = valid.sum(axis=0)
    return {
        name: np.divide(
            100 * np.where(valid, values, 0).sum(axis=0),
            num_valid,
            out=np.full(len(num_valid), np.nan),
            where=num_valid > 0,
        )
        for name, values in stacked.items()
    }


def _digest(paths: np.ndarray) -> str:
    return hashlib.sha256('\n'.join(paths.tolist()).encode()).hexdigest()[:16]
