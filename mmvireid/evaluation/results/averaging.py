"""RegDB's custom: one model a split, and the mean over the splits."""

from collections.abc import Mapping

from .summary import mean_and_deviation

SAME = ('protocol', 'options', 'galleries', 'distance', 'feature', 'flip', 'rerank')


def average_splits(results: Mapping[str, Mapping]) -> dict:
    """Average the results of models that were trained and tested on different splits of a data set.

    Args:
        results: Results of :func:`mmvireid.evaluation.evaluate` by label (such as their files), in the order of the
            splits.

    Returns:
        A result of the same form whose trials are all trials of all splits; each says its ``split``, the label. CMC is
        the mean over splits; what belongs to single queries is left out.

    Raises:
        ValueError: There are less than two, they differ in anything but the split, or a split occurs twice.
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
    """The query images say which split it is."""
    seen: dict[tuple, str] = {}
    for label, result in results.items():
        settings = result['settings'].values()
        if any('queries' not in scores for scores in settings):
            raise ValueError(f"'{label}' is an average over splits itself: average the splits' own results.")
        split = tuple(tuple(scores['queries']['paths']) for scores in settings)
        if split in seen:
            raise ValueError(f"'{seen[split]}' and '{label}' are results of the same split: each counts once.")
        seen[split] = label


def _average(settings: Mapping[str, Mapping]) -> dict:
    trials = [dict(trial, split=label) for label, scores in settings.items() for trial in scores['trials']]
    every = list(settings.values())
    average = dict(
        **mean_and_deviation(trials),
        num_query=every[0]['num_query'],
        num_valid_query=every[0]['num_valid_query'],
        num_gallery=every[0]['num_gallery'],
        num_short_cells=sum(scores['num_short_cells'] for scores in every),
        cmc=[sum(values) / len(every) for values in zip(*(scores['cmc'] for scores in every), strict=True)],
        trials=trials,
    )
    if 'reranked' in every[0]:
        average['reranked'] = _average({label: scores['reranked'] for label, scores in settings.items()})
    return average
