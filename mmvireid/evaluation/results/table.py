"""Results as text."""

from collections.abc import Mapping, Sequence

COLUMNS = ('R1', 'R10', 'R20', 'mAP', 'mINP')


def conditions(result: Mapping) -> str:
    """One line with all that a reader must know before comparing a result with another."""
    parts = [
        f'protocol {result["protocol"]}{_options(result["options"])}',
        f'galleries {result["galleries"]}',
        f'distance {result["distance"]}',
        f'feature {result["feature"]}',
        f'flip {dict([(True, "on"), (False, "off"), (None, "not stated")])[result["flip"]]}',
        f're-ranking {_reranking(result["rerank"])}',
    ]
    if result['data']:
        parts.append('data ' + ', '.join(f'{name} {value}' for name, value in result['data'].items()))
    return ', '.join(parts)


def result_table(results: Mapping[str, Mapping], columns: Sequence[str] = COLUMNS) -> str:
    """Table of one or several results side by side: settings by scores, mean and deviation over trials in percent.

    Args:
        results: Results of :func:`mmvireid.evaluation.evaluate` by label, such as
            ``{'trained': ..., 'untrained': ...}``. The label of a single result is not shown. Re-ranked scores are rows
            of their own below the raw ones.
        columns: Scores to show.

    Returns:
        Lines joined by newlines: the table, what was left out of the means, and the conditions of each result (once
        where they are the same).
    """
    rows_of = {label: _raw_and_reranked(label, result, len(results) > 1) for label, result in results.items()}
    labeled = any(row_label for settings in rows_of.values() for row_label, _ in settings)
    header = ['setting', *(['result'] if labeled else []), *columns, 'queries', 'gallery']
    settings = list(dict.fromkeys(setting for result in results.values() for setting in result['settings']))
    rows, rules = [], []
    for setting in settings:
        shown = [
            (row_label, by_setting[setting])
            for of_result in rows_of.values()
            for row_label, by_setting in of_result
            if setting in by_setting
        ]
        for place, (row_label, scores) in enumerate(shown):
            rows.append(
                [
                    '' if place else setting,
                    *([row_label] if labeled else []),
                    *(f'{scores[name]:.2f} ± {scores[f"{name}_std"]:.2f}' for name in columns),
                    f'{scores["num_valid_query"]}/{scores["num_query"]}',
                    str(scores['num_gallery']),
                ]
            )
        rules.append(len(rows))
    lines = align(header, rows, 2 if labeled else 1, rules if labeled else rules[-1:])
    return '\n'.join([*lines, *_remarks(results), *_conditions(results)])


def _options(options: Mapping) -> str:
    return f' ({", ".join(f"{name}={value}" for name, value in options.items())})' if options else ''


def _reranking(rerank: Mapping | bool) -> str:
    if not rerank:
        return 'none'
    return rerank['name'] + _options({name: value for name, value in rerank.items() if name != 'name'})


def _raw_and_reranked(label: str, result: Mapping, several: bool) -> list[tuple[str, dict]]:
    """Labeled scores by setting: the raw ones and, if there are any, the re-ranked ones."""
    raw = result['settings']
    if not result['rerank']:
        return [(label if several else '', raw)]
    reranked = {setting: scores['reranked'] for setting, scores in raw.items()}
    prefix = f'{label}, ' if several else ''
    return [(f'{prefix}raw', raw), (f'{prefix}{result["rerank"]["name"]}', reranked)]


def align(header: list[str], rows: list[list[str]], num_text: int, rules: list[int]) -> list[str]:
    """Pad the cells, text to the left and numbers to the right; a rule follows the header and each row in ``rules``."""
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


def _remarks(results: Mapping[str, Mapping]) -> list[str]:
    remarks = []
    for setting, scores in ((s, scores) for result in results.values() for s, scores in result['settings'].items()):
        if lacking := scores['num_query'] - scores['num_valid_query']:
            remarks.append(f'{setting}: {lacking} queries have no match in the gallery and count in no mean.')
        if short := scores['num_short_cells']:
            remarks.append(f'{setting}: {short} identities in a camera have fewer images than drawn: all are taken.')
    return list(dict.fromkeys(remarks))


def _conditions(results: Mapping[str, Mapping]) -> list[str]:
    lines = {label: conditions(result) for label, result in results.items()}
    if len(set(lines.values())) == 1:
        return [next(iter(lines.values()))]
    return [f'{label}: {line}' for label, line in lines.items()]
