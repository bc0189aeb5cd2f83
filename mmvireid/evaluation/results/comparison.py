"""Is one result better than another, or did it meet easier queries? A paired bootstrap over queries."""

from collections.abc import Mapping

import numpy as np

PROTOCOL_KEYS = ('protocol', 'options', 'galleries')
SCORES = dict(R1='R1', mAP='AP', mINP='INP')


def compare_results(
    first: Mapping, second: Mapping, num_resamples: int = 10_000, confidence: float = 0.95, seed: int = 0
) -> dict[str, dict]:
    """Difference of two results in R1, mAP and mINP, with a percentile interval over resampled queries.

    A query's score is its mean over trials. Queries are drawn with replacement, the same ones for both results, so that
    easy and hard queries weigh alike (Efron and Tibshirani, An Introduction to the Bootstrap, 1993).

    Args:
        first, second: Results of :func:`mmvireid.evaluation.evaluate`.
        num_resamples: Number of bootstrap samples.
        confidence: Of the interval, between 0 and 1.
        seed: Of the resampling.

    Returns:
        For each setting (and ``<setting>/reranked`` where both have it) and score: ``first``, ``second``,
        ``difference`` (second minus first, percent points), ``low`` and ``high`` of its interval, and ``num_query``.

    Raises:
        ValueError: The results differ in protocol, options, galleries, settings, queries, or sizes of galleries: they
            cannot be compared; or a bad option.
    """
    if num_resamples < 1 or not 0 < confidence < 1 or seed < 0:
        raise ValueError(
            f'num_resamples={num_resamples} must be positive, confidence={confidence} within (0, 1), seed={seed} not '
            'negative.'
        )
    _check_same_protocol(first, second)
    compared = {}
    for setting in first['settings']:
        pair = first['settings'][setting], second['settings'][setting]
        named = {setting: pair}
        if all('reranked' in scores for scores in pair):
            named[f'{setting}/reranked'] = tuple(scores['reranked'] for scores in pair)
        for name, (one, other) in named.items():
            _check_same_queries(name, one, other)
            compared[name] = _compare(one['queries'], other['queries'], num_resamples, confidence, seed)
    return compared


def _check_same_protocol(first: Mapping, second: Mapping) -> None:
    differing = [f'{key} ({first[key]} and {second[key]})' for key in PROTOCOL_KEYS if first[key] != second[key]]
    settings = [list(result['settings']) for result in (first, second)]
    if settings[0] != settings[1]:
        differing.append(f'settings ({settings[0]} and {settings[1]})')
    if differing:
        raise ValueError(f'The results are of different protocols and cannot be compared: {"; ".join(differing)}.')


def _check_same_queries(setting: str, first: Mapping, second: Mapping) -> None:
    for scores in (first, second):
        if 'queries' not in scores:
            raise ValueError(
                f'{setting}: a result has no scores of single queries (it is an average over splits); compare the '
                "splits' own results."
            )
    paths = [scores['queries']['paths'] for scores in (first, second)]
    if paths[0] != paths[1]:
        alone = sorted(set(paths[0]) ^ set(paths[1]))
        raise ValueError(
            f'{setting}: the results are of different queries ({len(paths[0])} and {len(paths[1])}; '
            f'{len(alone)} only in one of them, first: {alone[:1]}) and cannot be compared.'
        )
    # The digest tells galleries of other images.
    for name in ('num_gallery', 'num_valid_query', 'gallery_digest'):
        counts = [[trial[name] for trial in scores['trials']] for scores in (first, second)]
        if counts[0] != counts[1]:
            raise ValueError(
                f'{setting}: the galleries are different: their trials differ in {name} ({counts[0]} and {counts[1]}).'
            )


def _compare(first: Mapping, second: Mapping, num_resamples: int, confidence: float, seed: int) -> dict[str, dict]:
    def values(queries: Mapping) -> np.ndarray:
        columns = [[np.nan if value is None else value for value in queries[key]] for key in SCORES.values()]
        return np.array(columns, dtype=np.float64)

    pair = np.stack([values(first), values(second)])  # (2, scores, Q)
    pair = pair[..., ~np.isnan(pair).any(axis=(0, 1))]
    differences = pair[1] - pair[0]
    num_query = differences.shape[1]
    generator = np.random.default_rng(seed)
    resampled = np.stack(
        [differences[:, generator.integers(num_query, size=num_query)].mean(axis=1) for _ in range(num_resamples)]
    )
    low, high = np.quantile(resampled, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    means = pair.mean(axis=2)
    return {
        score: dict(
            first=float(means[0, row]),
            second=float(means[1, row]),
            difference=float(differences[row].mean()),
            low=float(low[row]),
            high=float(high[row]),
            num_query=num_query,
        )
        for row, score in enumerate(SCORES)
    }
