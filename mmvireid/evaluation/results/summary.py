"""Scores of one setting: means over trials, and what became of each query."""

import hashlib
from collections.abc import Sequence

import numpy as np

from mmvireid.structures import ImageSet

from ..protocols import Trial
from ..ranking import RankingScores, mean_scores

SCORES = ('R1', 'R5', 'R10', 'R20', 'mAP', 'mINP')
CMC_RANKS = 50


def summarize(images: ImageSet, trials: Sequence[Trial], scores: Sequence[RankingScores]) -> dict:
    """Means and deviations of one setting over its trials.

    Returns:
        ``R1``, ``R5``, ``R10``, ``R20``, ``mAP``, ``mINP`` (percent, mean over trials), each with ``_std`` (population
        deviation: the divisor is the number of trials), ``num_query``, ``num_valid_query`` (with a match in the
        gallery; the others count in no mean), ``num_gallery``, ``num_short_cells`` (see :class:`Trial`), ``cmc``
        (ranks 1 to 50, percent, mean over trials), ``trials`` (scores and counts of each, and a digest of its
        gallery's paths) and ``queries``: ``paths``
        and, for each, ``R1`` (share of trials with a match at rank 1), ``AP`` and ``INP`` in percent, averaged over
        trials; None for a query without a match.
    """
    per_trial = [
        dict(
            trial=trial.number,
            **mean_scores(of_trial),
            num_valid_query=int(of_trial.valid.sum()),
            num_gallery=len(trial.gallery_indices),
            gallery_digest=_digest(images.paths[trial.gallery_indices]),
        )
        for trial, of_trial in zip(trials, scores, strict=True)
    ]
    first = trials[0]
    means = query_means(scores)
    return dict(
        **mean_and_deviation(per_trial),
        num_query=len(first.query_indices),
        num_valid_query=per_trial[0]['num_valid_query'],
        num_gallery=per_trial[0]['num_gallery'],
        num_short_cells=first.num_short_cells,
        cmc=(100 * np.mean([of_trial.cmc(CMC_RANKS) for of_trial in scores], axis=0)).tolist(),
        trials=per_trial,
        queries=dict(
            paths=images.paths[first.query_indices].tolist(),
            **{name: [None if np.isnan(v) else v for v in values.tolist()] for name, values in means.items()},
        ),
    )


def _digest(paths: np.ndarray) -> str:
    return hashlib.sha256('\n'.join(paths.tolist()).encode()).hexdigest()[:16]


def mean_and_deviation(trials: Sequence[dict]) -> dict[str, float]:
    """Each score's mean over trials, and with the suffix ``_std`` its population deviation."""
    summary = {}
    for name in SCORES:
        values = np.array([trial[name] for trial in trials])
        summary[name] = float(values.mean())
        summary[f'{name}_std'] = float(values.std())
    return summary


def query_means(scores: Sequence[RankingScores]) -> dict[str, np.ndarray]:
    """``R1``, ``AP`` and ``INP`` of each query, (Q,) percent, over the trials in which it has a match; else NaN."""
    valid = np.stack([of_trial.valid for of_trial in scores])
    values = dict(
        R1=np.stack([of_trial.first_match == 1 for of_trial in scores]),
        AP=np.stack([of_trial.ap for of_trial in scores]),
        INP=np.stack([of_trial.inp for of_trial in scores]),
    )
    num_valid = valid.sum(axis=0)
    return {
        name: np.divide(
            100 * np.where(valid, of_name, 0).sum(axis=0),
            num_valid,
            out=np.full(len(num_valid), np.nan),
            where=num_valid > 0,
        )
        for name, of_name in values.items()
    }
