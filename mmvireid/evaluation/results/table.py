"""Print results as a table."""

from collections.abc import Mapping, Sequence

from mmvireid.utils.printable import printable

COLUMNS = ('R1', 'R10', 'R20', 'mAP', 'mINP')
# Percent. Below it, equal distances are accidents.
MIN_TIED_QUERIES = 0.1


def result_table(results: Mapping[str, Mapping], columns: Sequence[str] = COLUMNS) -> str:
    """Print one or several results side by side: a row per setting, mean and deviation over trials in percent.

    Args:
        results: Results of :func:`mmvireid.evaluation.evaluate` by label, such as
            ``{'trained': ..., 'untrained': ...}``. The label of a single result is not shown. Re-ranked scores have
            rows of their own below the raw scores.
        columns: Scores to show.

    Returns:
        Lines joined by newlines: the table, remarks on queries and galleries, and the conditions of each result. Equal
        conditions are printed once.

    Example:
        >>> import torch
        >>> from mmvireid.evaluation import CosineDistance, ImageSet, RegDBProtocol, evaluate, result_table
        >>> images = ImageSet(pids=[1, 1], cam_ids=[0, 0], modalities=[0, 1], paths=['a', 'b'])
        >>> result = evaluate(images, {'feature': torch.ones(2, 4)}, RegDBProtocol(), CosineDistance())
        >>> print(result_table({'x': result}, columns=['R1', 'mAP']))
        setting                        R1            mAP  queries  gallery
        ------------------------------------------------------------------
        visible-to-thermal  100.00 ± 0.00  100.00 ± 0.00      1/1        1
        ...
    """
    row_groups = {label: _raw_and_reranked(label, result, len(results) > 1) for label, result in results.items()}
    is_labeled = any(row_label for group in row_groups.values() for row_label, _ in group)
    header = ['setting', *(['result'] if is_labeled else []), *columns, 'queries', 'gallery']
    settings = list(dict.fromkeys(setting for result in results.values() for setting in result['settings']))
    rows, rules = [], []
    for setting in settings:
        shown = [
            (row_label, scores_by_setting[setting])
            for group in row_groups.values()
            for row_label, scores_by_setting in group
            if setting in scores_by_setting
        ]
        for place, (row_label, scores) in enumerate(shown):
            rows.append(
                [
                    '' if place else setting,
                    *([row_label] if is_labeled else []),
                    *(f'{scores[name]:.2f} ± {scores[f"{name}_std"]:.2f}' for name in columns),
                    f'{scores["num_valid_query"]}/{scores["num_query"]}',
                    str(scores['num_gallery']),
                ]
            )
        rules.append(len(rows))
    lines = align(header, rows, 2 if is_labeled else 1, rules if is_labeled else rules[-1:])
    return '\n'.join([*lines, *_remarks(results), *_conditions(results)])


def conditions(result: Mapping) -> str:
    """Write one line with everything that a reader must know before comparing a result with another.

    Example:
        >>> result = dict(protocol='RegDB', options={}, galleries='all', distance='cosine', data={}, rerank=False)
        >>> conditions(dict(result, feature='bn', normalized=False, flip=True))
        'protocol RegDB, galleries all, distance cosine, feature bn (not normalized), flip on, re-ranking none'
    """
    parts = [
        f'protocol {result["protocol"]}{_options(result["options"])}',
        f'galleries {result["galleries"]}',
        f'distance {result["distance"]}',
        feature_condition(result),
        f'flip {dict([(True, "on"), (False, "off"), (None, "not stated")])[result["flip"]]}',
        f're-ranking {_reranking(result["rerank"])}',
    ]
    if result['data']:
        parts.append('data ' + ', '.join(f'{name} {value}' for name, value in result['data'].items()))
    return printable(', '.join(parts))


def feature_condition(result: Mapping) -> str:
    """Write which feature a result was made from, and whether the feature was not normalized.

    Example:
        >>> feature_condition(dict(feature='bn', normalized=True))
        'feature bn'
    """
    return f'feature {result["feature"]}' + ('' if result.get('normalized', True) else ' (not normalized)')


def align(header: list[str], rows: list[list[str]], num_text: int, rules: list[int]) -> list[str]:
    """Pad the cells of a table to columns. Control characters are escaped.

    Args:
        header: Names of the columns.
        rows: Cells of each row.
        num_text: Number of columns with text, on the left. They are aligned to the left, the others to the right.
        rules: Row numbers, from 1, that a rule follows. A rule also follows the header.

    Example:
        >>> print('\\n'.join(align(['score', 'value'], [['R1', '9.5'], ['mAP', '10.0']], 1, [2])))
        score  value
        ------------
        R1       9.5
        mAP     10.0
        ------------
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]

    def line(row: list[str]) -> str:
        cells = [
            cell.ljust(width) if column < num_text else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return '  '.join(cells).rstrip()

    rule = '-' * (sum(widths) + 2 * (len(widths) - 1))
    lines = [line(header), rule]
    for number, row in enumerate(rows, start=1):
        lines.append(line(row))
        if number in rules:
            lines.append(rule)
    return lines


def _options(options: Mapping) -> str:
    return f' ({", ".join(f"{name}={value}" for name, value in options.items())})' if options else ''


def _reranking(rerank: Mapping | bool) -> str:
    if not rerank:
        return 'none'
    return rerank['name'] + _options({name: value for name, value in rerank.items() if name != 'name'})


def _raw_and_reranked(label: str, result: Mapping, several: bool) -> list[tuple[str, dict]]:
    """Return pairs of (row label, scores by setting): raw scores, then re-ranked scores if there are any."""
    raw = result['settings']
    if not result['rerank']:
        return [(label if several else '', raw)]
    reranked = {setting: scores['reranked'] for setting, scores in raw.items()}
    prefix = f'{label}, ' if several else ''
    return [(f'{prefix}raw', raw), (f'{prefix}{result["rerank"]["name"]}', reranked)]


def _remarks(results: Mapping[str, Mapping]) -> list[str]:
    remarks = []
    for label, result in results.items():
        for row_label, scores_by_setting in _raw_and_reranked(label, result, len(results) > 1):
            for setting, scores in scores_by_setting.items():
                if (tied := scores.get('tied_queries', 0)) > MIN_TIED_QUERIES:
                    where = f'{setting}, {row_label}' if row_label else setting
                    remarks.append(
                        f'{where}: {tied:.1f} % of the queries have a match at exactly the distance of another person. '
                        'The order of the gallery decides their scores. Check whether the features are collapsed.'
                    )
    for setting, scores in ((s, scores) for result in results.values() for s, scores in result['settings'].items()):
        if lacking := scores['num_query'] - scores['num_valid_query']:
            remarks.append(f'{setting}: {lacking} queries have no match in the gallery and are left out of all means.')
        if short := scores['num_short_cells']:
            remarks.append(f'{setting}: {short} identities in a camera have fewer images than drawn: all are taken.')
    return list(dict.fromkeys(map(printable, remarks)))


def _conditions(results: Mapping[str, Mapping]) -> list[str]:
    lines = {label: conditions(result) for label, result in results.items()}
    if len(set(lines.values())) == 1:
        return [next(iter(lines.values()))]
    return [f'{printable(label)}: {line}' for label, line in lines.items()]
