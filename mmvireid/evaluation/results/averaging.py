"""Average the results of several splits: RegDB has ten, with one model per split."""

from collections.abc import Mapping

from .summary import mean_and_deviation

SAME = ('protocol', 'options', 'galleries', 'distance', 'feature', 'flip', 'normalized', 'rerank')


def average_splits(results: Mapping[str, Mapping]) -> dict:
    """Average the results of models that were trained and tested on different splits of a data set.

    Args:
        results: Results of :func:`mmvireid.evaluation.evaluate` by label, in the order of the splits. A label can be
            the name of a file.

    Returns:
        A result of the same form. Its trials are the trials of all splits, and each names its ``split`` (the label).
        CMC is the mean over splits. Scores of single queries are left out.

    Raises:
        ValueError: There are fewer than two results, results differ in anything but the split, or a split occurs twice.

    Example:
        >>> import torch
        >>> from mmvireid.evaluation import CosineDistance, ImageSet, RegDBProtocol, average_splits, evaluate
        >>> splits = {name: ImageSet([1, 1], [0, 0], [0, 1], [f'{name}0', f'{name}1']) for name in ('a', 'b')}
        >>> compared = {'feature': torch.ones(2, 4)}, RegDBProtocol(), CosineDistance()
        >>> average = average_splits({name: evaluate(images, *compared) for name, images in splits.items()})
        >>> [trial['split'] for trial in average['settings']['visible-to-thermal']['trials']]
        ['a', 'b']
    """
    labels = list(results)
    if len(labels) < 2:
        raise ValueError(f'Averaging over splits needs at least two results, got {labels}.')
    first = results[labels[0]]
    for label in labels[1:]:
        differing = [key for key in SAME if results[label][key] != first[key]]
        differing += [
            f'data.{key}' for key in ('dataset', 'split') if results[label]['data'].get(key) != first['data'].get(key)
        ]
        if list(results[label]['settings']) != list(first['settings']):
            differing.append('settings')
        if differing:
            raise ValueError(f"'{labels[0]}' and '{label}' differ in {differing}: only splits may differ.")
    _check_splits(results)
    data = {key: value for key, value in first['data'].items() if key != 'split_number'}
    numbers = [result['data'].get('split_number') for result in results.values()]
    if None not in numbers:
        data['split_number'] = numbers
    return dict(
        {key: first[key] for key in SAME},
        data=data,
        settings={
            setting: _average({label: result['settings'][setting] for label, result in results.items()})
            for setting in first['settings']
        },
    )


def _check_splits(results: Mapping[str, Mapping]) -> None:
    """Refuse a split that occurs twice. The paths of the queries identify a split."""
    seen: dict[tuple, str] = {}
    for label, result in results.items():
        settings = result['settings'].values()
        if any('queries' not in scores for scores in settings):
            raise ValueError(f"'{label}' is an average over splits itself: average the results of single splits.")
        split = tuple(tuple(scores['queries']['paths']) for scores in settings)
        if split in seen:
            raise ValueError(f"'{seen[split]}' and '{label}' are results of the same split: give each split once.")
        seen[split] = label


def _average(settings: Mapping[str, Mapping]) -> dict:
    trials = [dict(trial, split=label) for label, scores in settings.items() for trial in scores['trials']]
    splits = list(settings.values())
    average = dict(
        **mean_and_deviation(trials),
        num_query=splits[0]['num_query'],
        num_valid_query=splits[0]['num_valid_query'],
        num_gallery=splits[0]['num_gallery'],
        num_short_cells=sum(scores['num_short_cells'] for scores in splits),
        **_mean_ties(splits),
        cmc=[sum(values) / len(splits) for values in zip(*(scores['cmc'] for scores in splits), strict=True)],
        trials=trials,
    )
    if 'reranked' in splits[0]:
        average['reranked'] = _average({label: scores['reranked'] for label, scores in settings.items()})
    return average


def _mean_ties(splits: list[Mapping]) -> dict[str, float]:
    """Average the share of tied queries. Results of earlier versions lack it."""
    if any('tied_queries' not in scores for scores in splits):
        return {}
    return dict(tied_queries=sum(scores['tied_queries'] for scores in splits) / len(splits))
