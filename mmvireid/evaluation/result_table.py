"""Results as text."""

from collections.abc import Mapping, Sequence

COLUMNS = ('R1', 'R10', 'R20', 'mAP', 'mINP')


def conditions(result: Mapping) -> str:
    """One line with all that a reader must know before comparing a result with another."""
    options = ', '.join(f'{name}={value}' for name, value in result['options'].items())
    return (
        f'protocol {result["protocol"]} ({options}), galleries {result["galleries"]}, distance {result["distance"]}, '
        f'feature {result["feature"]}, flip {"on" if result["flip"] else "off"}, '
        f're-ranking {"on" if result["rerank"] else "none"}'
    )


def result_table(results: Mapping[str, Mapping], columns: Sequence[str] = COLUMNS) -> str:
    """Table of one or several results side by side: settings by scores, mean and deviation over trials in percent.

    Args:
        results: Results of :func:`mmvireid.evaluation.evaluate` by label, such as
            ``{'trained': ..., 'untrained': ...}``. With a single result the label is not shown.
        columns: Scores to show.

    Returns:
        Lines joined by newlines: the table, what was left out of the means, and the conditions of each result (once
        where they are the same).
    """
    several = len(results) > 1
    header = ['setting', *(['result'] if several else []), *columns, 'queries', 'gallery']
    settings = list(dict.fromkeys(setting for result in results.values() for setting in result['settings']))
    rows, rules = [], []
    for setting in settings:
        shown = [(label, result['settings'].get(setting)) for label, result in results.items()]
        for place, (label, scores) in enumerate((label, scores) for label, scores in shown if scores):
            rows.append(
                [
                    '' if place else setting,
                    *([label] if several else []),
                    *(f'{scores[name]:.2f} ± {scores[f"{name}_std"]:.2f}' for name in columns),
                    f'{scores["num_valid_query"]}/{scores["num_query"]}',
                    str(scores['num_gallery']),
                ]
            )
        rules.append(len(rows))
    num_text = 2 if several else 1
    lines = _align(header, rows, num_text, rules if several else rules[-1:])
    return '\n'.join([*lines, *_remarks(results), *_conditions(results)])


def _align(header: list[str], rows: list[list[str]], num_text: int, rules: list[int]) -> list[str]:
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
