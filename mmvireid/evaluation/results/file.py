"""Save and load results as JSON files that people can read."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from mmvireid.utils.atomic_file import write_atomically
from mmvireid.utils.old_files import current_result
from mmvireid.utils.printable import printable
from mmvireid.utils.strict_json import parse_json

from .summary import CMC_RANKS, SCORES, mean_and_deviation

KEYS = ('protocol', 'options', 'galleries', 'distance', 'feature', 'flip', 'normalized', 'data', 'rerank', 'settings')
# Percent. A mean of rounded numbers may exceed 100 by its rounding.
_ROUNDING = 1e-6


def save_result(file: str | Path, result: Mapping) -> None:
    """Write one result of :func:`mmvireid.evaluation.evaluate`, or several by name, and create the folder.

    The file is whole or not there.

    Raises:
        ValueError: The result holds NaN or an infinite number.
        OSError: The file cannot be written. The message names the file.

    Example:
        >>> from mmvireid.evaluation import save_result
        >>> save_result('results/scores.json', {'R1': 61.7, 'mAP': 57.5})
        >>> print(Path('results/scores.json').read_text().strip())
        {"R1": 61.7, "mAP": 57.5}
    """
    try:
        text = _as_text(result)
    except ValueError as error:
        raise ValueError(f"Could not write '{file}': the result holds NaN or an infinite number ({error}).") from None
    write_atomically(file, f'{text}\n'.encode())


def result_files(file: str | Path, labels: Sequence[str]) -> list[Path]:
    """Return the files of several results: ``x_<label>.json`` for each label, and ``x.json`` for an empty label.

    Example:
        >>> [path.name for path in result_files('x.json', ['full', 'simplified'])]
        ['x_full.json', 'x_simplified.json']
    """
    file = Path(file)
    return [file.with_name(f'{file.stem}_{label}{file.suffix}') if label else file for label in labels]


def save_results(file: str | Path, results: Mapping[str, Mapping]) -> list[Path]:
    """Write results by the label of their distance. A single result with an empty label is written to ``file``.

    If one file cannot be written, the others are written before the error is raised.

    Returns:
        The files: ``x.json``, or one ``x_<label>.json`` per label.

    Raises:
        OSError: A file cannot be written. The message names each such file.

    Example:
        >>> files = save_results('x.json', {'full': {'mAP': 57.5}, 'simplified': {'mAP': 51.2}})
        >>> [file.name for file in files]
        ['x_full.json', 'x_simplified.json']
    """
    files = result_files(file, list(results))
    errors = []
    for result_file, result in zip(files, results.values(), strict=True):
        try:
            save_result(result_file, result)
        except OSError as error:
            errors.append(str(error))
    if errors:
        raise OSError(' '.join(errors))
    return files


def load_result(file: str | Path) -> dict:
    """Read and check one result. A file of an earlier version is read in the current names.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file holds no result, or the result is damaged. The message names the file and the field.

    Example:
        >>> import torch
        >>> from mmvireid.evaluation import CosineDistance, ImageSet, RegDBProtocol, evaluate, load_result, save_result
        >>> images = ImageSet(pids=[1, 1], cam_ids=[0, 0], modalities=[0, 1], paths=['a', 'b'])
        >>> result = evaluate(images, {'feature': torch.eye(2)}, RegDBProtocol(), CosineDistance())
        >>> save_result('result.json', result)
        >>> load_result('result.json') == result
        True
    """
    file = Path(file)
    if not file.is_file():
        raise FileNotFoundError(printable(f"No result file '{file}'."))
    advice = 'Write one with tools/test.py --out or tools/analysis_tools/eval_features.py --json.'
    try:
        result = parse_json(file.read_text(encoding='utf-8'))
    except ValueError as error:
        raise ValueError(printable(f"'{file}' is not a result file of the evaluation: {error}. {advice}")) from None
    if isinstance(result, dict):
        result = current_result(result)
    missing = [key for key in KEYS if not isinstance(result, dict) or key not in result]
    if missing:
        raise ValueError(printable(f"'{file}' is not a result file of the evaluation: it lacks {missing}. {advice}"))
    try:
        _check_result(result)
    except ValueError as error:
        raise ValueError(printable(f"'{file}' is a damaged result file: {error}.")) from None
    return result


def _check_result(result: Mapping) -> None:
    """Refuse a result with a missing field, a wrong type, a number out of range or lengths that do not agree."""
    for name in ('protocol', 'galleries', 'distance', 'feature'):
        _want(isinstance(result[name], str), name, result[name], 'a text')
    for name in ('options', 'data'):
        _want(isinstance(result[name], dict), name, result[name], 'a dict')
    _want(result['flip'] is None or isinstance(result['flip'], bool), 'flip', result['flip'], 'true, false or null')
    _want(isinstance(result['normalized'], bool), 'normalized', result['normalized'], 'true or false')
    rerank = result['rerank']
    is_named = isinstance(rerank, dict) and isinstance(rerank.get('name'), str)
    _want(rerank is False or is_named, 'rerank', rerank, 'false, or a dict with a name')
    settings = result['settings']
    _want(isinstance(settings, dict) and settings, 'settings', settings, 'a dict of settings')
    for name, scores in settings.items():
        where = f'settings[{name!r}]'
        _check_scores(scores, where)
        if ('reranked' in scores) != is_named:
            raise ValueError(f'{where}.reranked and rerank do not agree: both are needed, or neither')
        if is_named:
            _check_scores(scores['reranked'], f'{where}.reranked')
        if 'breakdown' in scores:
            _check_breakdown(scores['breakdown'], f'{where}.breakdown')


def _check_scores(scores: object, where: str) -> None:
    """Check one setting: its fields, and that its means are the means of its trials."""
    counts = ('num_query', 'num_valid_query', 'num_gallery', 'num_short_cells')
    _fields(
        scores, where, percents=(*SCORES, *(f'{name}_std' for name in SCORES)), counts=counts, lists=('cmc', 'trials')
    )
    for rank, value in enumerate(scores['cmc'], start=1):
        _want(_is_percent(value), f'{where}.cmc at rank {rank}', value, 'a number from 0 to 100')
    _want(len(scores['cmc']) == CMC_RANKS, f'the length of {where}.cmc', len(scores['cmc']), str(CMC_RANKS))
    _want(scores['trials'], f'{where}.trials', [], 'a list of trials')
    for number, trial in enumerate(scores['trials']):
        _fields(trial, f'{where}.trials[{number}]', percents=SCORES, counts=('trial', 'num_valid_query', 'num_gallery'))
        digest = trial.get('gallery_digest', '')
        _want(isinstance(digest, str), f'{where}.trials[{number}].gallery_digest', digest, 'a text')
    for name, mean in mean_and_deviation(scores['trials']).items():
        _want(abs(mean - scores[name]) < _ROUNDING, f'{where}.{name}', scores[name], f'{mean}, as its trials say')
    if 'tied_queries' in scores:  # results of earlier versions lack it
        _want(_is_percent(scores['tied_queries']), f'{where}.tied_queries', scores['tied_queries'], 'percent')
    num_query = scores['num_query']
    _want(
        0 < scores['num_valid_query'] <= num_query, f'{where}.num_valid_query', scores['num_valid_query'], '1 or more'
    )
    if 'queries' in scores:  # an average over splits has none
        _check_queries(scores['queries'], num_query, f'{where}.queries')
        for rank in (1, 5, 10, 20):
            value = scores['cmc'][rank - 1]
            _want(abs(value - scores[f'R{rank}']) < _ROUNDING, f'{where}.cmc at rank {rank}', value, f'R{rank}')


def _check_queries(queries: object, num_query: int, where: str) -> None:
    _fields(queries, where, lists=('paths', 'R1', 'AP', 'INP'))
    for name in ('paths', 'R1', 'AP', 'INP'):
        _want(
            len(queries[name]) == num_query, f'the length of {where}.{name}', len(queries[name]), f'{num_query} queries'
        )
    for path, *values in zip(*(queries[name] for name in ('paths', 'R1', 'AP', 'INP')), strict=True):
        _want(isinstance(path, str), f'{where}.paths', path, 'a list of texts')
        known = values == [None] * 3 or all(_is_percent(value) for value in values)
        _want(known, f'{where} of {path!r}', values, 'three numbers from 0 to 100, or three nulls')


def _check_breakdown(breakdown: object, where: str) -> None:
    tables = dict(
        query_cameras=('query_camera',), camera_pairs=('query_camera', 'gallery_camera'), hardest_identities=('pid',)
    )
    _fields(breakdown, where, lists=tuple(tables), dicts=('distances',))
    for name, columns in tables.items():
        for number, row in enumerate(breakdown[name]):
            place = f'{where}.{name}[{number}]'
            _fields(row, place, percents=('R1', 'mAP', 'mINP'), counts=('num_valid_query',), integers=columns)
    cameras = [row['query_camera'] for row in breakdown['query_cameras']]
    for row in breakdown['camera_pairs']:
        _want(row['query_camera'] in cameras, f'{where}.camera_pairs', row['query_camera'], f'one of {cameras}')
    distances, where = breakdown['distances'], f'{where}.distances'
    _fields(distances, where, lists=('edges', 'positives', 'negatives'), counts=('num_query',))
    edges = distances['edges']
    ascending = all(map(_is_number, edges)) and all(low < high for low, high in pairwise(edges))
    _want(ascending and len(edges) > 1, f'{where}.edges', f'{edges[:3]}...', 'ascending numbers')
    for kind in ('positive', 'negative'):
        counts, moments = distances[f'{kind}s'], [distances.get(f'{kind}_{name}') for name in ('mean', 'std')]
        whole = len(counts) == len(edges) - 1 and all(map(_is_count, counts))
        _want(whole, f'{where}.{kind}s', f'{counts[:3]}...', f'{len(edges) - 1} whole numbers')
        known = all(map(_is_number, moments)) if any(counts) else moments == [None, None]
        _want(known, f'{where}.{kind}_mean and {kind}_std', moments, 'numbers if there are such pairs, or nulls')


def _fields(value: object, where: str, **names: Sequence[str]) -> None:
    """Refuse anything but a dict with the named fields. Each keyword is a kind of fields."""
    _want(isinstance(value, dict), where, value, 'a dict')
    missing = [name for kind in names.values() for name in kind if name not in value]
    if missing:
        raise ValueError(f'{where} lacks {missing}')
    for kind, chosen in names.items():
        is_right, wanted = _KINDS[kind]
        for name in chosen:
            _want(is_right(value[name]), f'{where}.{name}', value[name], wanted)


def _want(right: object, where: str, found: object, wanted: str) -> None:
    if not right:
        text = repr(found)
        raise ValueError(f'{where} is {text if len(text) <= 60 else text[:57] + "..."}, but {wanted} is expected')


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def _is_percent(value: object) -> bool:
    return _is_number(value) and -_ROUNDING <= value <= 100 + _ROUNDING


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63


def _is_count(value: object) -> bool:
    return _is_integer(value) and value >= 0


_KINDS = dict(
    percents=(_is_percent, 'a number from 0 to 100'),
    counts=(_is_count, 'a whole number'),
    integers=(_is_integer, 'a whole number'),
    lists=(lambda value: isinstance(value, list), 'a list'),
    dicts=(lambda value: isinstance(value, dict), 'a dict'),
)


def _as_text(value: object, indent: str = '') -> str:
    """Format as JSON with one line per key. A list of numbers or strings takes one line."""
    inner = indent + '  '
    if isinstance(value, Mapping) and any(isinstance(item, (Mapping, list)) for item in value.values()):
        lines = [f'{inner}{json.dumps(str(key))}: {_as_text(item, inner)}' for key, item in value.items()]
        return '{\n' + ',\n'.join(lines) + f'\n{indent}}}'
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return '[\n' + ',\n'.join(inner + _as_text(item, inner) for item in value) + f'\n{indent}]'
    return json.dumps(value, allow_nan=False)
