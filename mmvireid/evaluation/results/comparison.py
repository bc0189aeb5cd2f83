"""Compare two results with a paired bootstrap over queries."""

from collections.abc import Mapping

import numpy as np

PROTOCOL_KEYS = ('protocol', 'options', 'galleries')
SCORES = dict(R1='R1', mAP='AP', mINP='INP')


def compare_results(
    first: Mapping, second: Mapping, num_resamples: int = 10_000, confidence: float = 0.95, seed: int = 0
) -> dict[str, dict]:
    """Compute differences in R1, mAP and mINP, with percentile intervals over resampled queries.

    A query's score is its mean over trials. Each bootstrap sample draws queries with replacement, the same queries for
    both results (Efron and Tibshirani, An Introduction to the Bootstrap, 1993). A difference thus does not depend on
    which queries are easy.

    Args:
        first: Result of :func:`mmvireid.evaluation.evaluate`.
        second: Another result.
        num_resamples: Number of bootstrap samples.
        confidence: Confidence of the interval, between 0 and 1.
        seed: Seed of the bootstrap samples.

    Returns:
        For each setting and score: ``first``, ``second``, ``difference`` (second minus first, percent points), ``low``
        and ``high`` of its interval, and ``num_query``. If both results have re-ranked scores,
        ``<setting>/reranked`` holds the same.

    Raises:
        ValueError: An option is not valid, or the results cannot be compared. Comparable results have equal protocols,
            options, galleries, settings, queries and sizes of galleries.

    Example:
        >>> import torch
        >>> from mmvireid.evaluation import CosineDistance, ImageSet, RegDBProtocol, compare_results, evaluate
        >>> images = ImageSet(pids=[1, 2, 1, 2], cam_ids=[0] * 4, modalities=[0, 0, 1, 1], paths=list('abcd'))
        >>> good, bad = torch.eye(2).repeat(2, 1), torch.ones(4, 2)
        >>> results = [evaluate(images, {'feature': x}, RegDBProtocol(), CosineDistance()) for x in (bad, good)]
        >>> compare_results(*results, num_resamples=10)['visible-to-thermal']['mAP']['difference']
        25.0
    """
    if num_resamples < 1 or not 0 < confidence < 1 or seed < 0:
        raise ValueError(
            f'num_resamples={num_resamples} must be positive, confidence={confidence} must be between 0 and 1, '
            f'seed={seed} must not be negative.'
        )
    _check_same_protocol(first, second)
    compared = {}
    for setting in first['settings']:
        pair = first['settings'][setting], second['settings'][setting]
        pairs = {setting: pair}
        if all('reranked' in scores for scores in pair):
            pairs[f'{setting}/reranked'] = tuple(scores['reranked'] for scores in pair)
        for name, (one, other) in pairs.items():
            _check_same_queries(name, one, other)
            compared[name] = _compare(one['queries'], other['queries'], num_resamples, confidence, seed)
    return compared


def _check_same_protocol(first: Mapping, second: Mapping) -> None:
    differing = [f'{key} ({first[key]} and {second[key]})' for key in PROTOCOL_KEYS if first[key] != second[key]]
    settings = [list(result['settings']) for result in (first, second)]
    if settings[0] != settings[1]:
        differing.append(f'settings ({settings[0]} and {settings[1]})')
    if differing:
        raise ValueError(f'The results have different protocols and cannot be compared: {"; ".join(differing)}.')


def _check_same_queries(setting: str, first: Mapping, second: Mapping) -> None:
    for scores in (first, second):
        if 'queries' not in scores:
            raise ValueError(
                f'{setting}: a result has no scores of single queries (it is an average over splits). Compare the '
                'results of single splits.'
            )
    paths = [scores['queries']['paths'] for scores in (first, second)]
    if paths[0] != paths[1]:
        alone = sorted(set(paths[0]) ^ set(paths[1]))
        raise ValueError(
            f'{setting}: the results have different queries ({len(paths[0])} and {len(paths[1])}; '
            f'{len(alone)} are in one of them only, first: {alone[:1]}) and cannot be compared.'
        )
    # The digest differs if the galleries hold different images.
    for name in ('num_gallery', 'num_valid_query', 'gallery_digest'):
        counts = [[trial.get(name) for trial in scores['trials']] for scores in (first, second)]
        if None in counts[0] + counts[1]:
            raise ValueError(
                f'{setting}: a trial of an earlier version has no {name}, so that nobody can say whether the galleries '
                'are the same. Score the features again with tools/analysis_tools/eval_features.py.'
            )
        if counts[0] != counts[1]:
            raise ValueError(f'{setting}: the results have different galleries: {name} is {counts[0]} and {counts[1]}.')


def _compare(first: Mapping, second: Mapping, num_resamples: int, confidence: float, seed: int) -> dict[str, dict]:
    def values(queries: Mapping) -> np.ndarray:
        columns = [[np.nan if value is None else value for value in queries[key]] for key in SCORES.values()]
        return np.array(columns, dtype=np.float64)

    pair = np.stack([values(first), values(second)])  # (2, scores, Q)
    pair = pair[..., ~np.isnan(pair).any(axis=(0, 1))]
    differences = pair[1] - pair[0]
    num_query = differences.shape[1]
    if not num_query:
        raise ValueError('No query has a match in both results: there is nothing to compare.')
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
