"""Results on disk: JSON that people can read and tools can trust."""

import json
from collections.abc import Mapping
from pathlib import Path

from .summary import SCORES

QUERY_COLUMNS = ('paths', 'R1', 'AP', 'INP')
KEYS = ('protocol', 'options', 'galleries', 'distance', 'feature', 'flip', 'data', 'rerank', 'settings')


def save_result(file: str | Path, result: Mapping) -> None:
    """Write a result of :func:`mmvireid.evaluation.evaluate`, or several by name; the folder is made."""
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_as_text(result) + '\n', encoding='utf-8')


def load_result(file: str | Path) -> dict:
    """Read one result.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It holds something else than one result.
    """
    file = Path(file)
    if not file.is_file():
        raise FileNotFoundError(f"No result file '{file}'.")
    try:
        result = json.loads(file.read_text(encoding='utf-8'))
    except ValueError as error:
        raise ValueError(f"'{file}' is no result file of the evaluation: {error}.") from None
    missing = [key for key in KEYS if not isinstance(result, dict) or key not in result]
    if missing:
        raise ValueError(
            f"'{file}' is no result file of the evaluation: it lacks {missing}. Write one with tools/test.py --out or "
            'tools/analysis_tools/eval_features.py --json.'
        )
    if problem := _problem(result['settings']) or (None if isinstance(result['data'], dict) else 'data is no dict'):
        raise ValueError(f"'{file}' is a damaged result file: {problem}.")
    return result


def _problem(settings: object) -> str | None:
    """What is wrong with the settings, in words."""
    if not isinstance(settings, dict) or not settings:
        return 'settings is no dict of settings'
    for name, scores in settings.items():
        missing = [key for key in (*SCORES, 'cmc', 'trials') if not isinstance(scores, dict) or key not in scores]
        if missing:
            return f"setting '{name}' lacks {missing}"
        queries = scores.get('queries', dict.fromkeys(QUERY_COLUMNS, []))
        lengths = [len(queries[key]) if isinstance(queries, dict) and key in queries else -1 for key in QUERY_COLUMNS]
        if len(set(lengths)) > 1 or -1 in lengths:
            return f"the queries of setting '{name}' have not equally many of each of {list(QUERY_COLUMNS)}"
        if 'reranked' in scores and (problem := _problem({f'{name}/reranked': scores['reranked']})):
            return problem
    return None


def _as_text(value: object, indent: str = '') -> str:
    """JSON, one line a key, lists of numbers or strings in one line."""
    inner = indent + '  '
    if isinstance(value, Mapping) and any(isinstance(item, (Mapping, list)) for item in value.values()):
        lines = [f'{inner}{json.dumps(str(key))}: {_as_text(item, inner)}' for key, item in value.items()]
        return '{\n' + ',\n'.join(lines) + f'\n{indent}}}'
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return '[\n' + ',\n'.join(inner + _as_text(item, inner) for item in value) + f'\n{indent}]'
    return json.dumps(value, allow_nan=False)


def save_results(file: str | Path, results: Mapping[str, Mapping]) -> list[Path]:
    """Write results by the label of their distance: that of a single distance to ``file``, others beside it.

    Returns:
        The files: ``x.json``, or ``x_<label>.json`` for each.
    """
    file = Path(file)
    files = [file.with_name(f'{file.stem}_{label}{file.suffix}') if label else file for label in results]
    for name, result in zip(files, results.values(), strict=True):
        save_result(name, result)
    return files
