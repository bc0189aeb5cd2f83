"""Save and load results as JSON files that people can read."""

import json
from collections.abc import Mapping
from pathlib import Path

from mmvireid.utils.old_files import current_result

from .summary import SCORES

QUERY_COLUMNS = ('paths', 'R1', 'AP', 'INP')
KEYS = ('protocol', 'options', 'galleries', 'distance', 'feature', 'flip', 'normalized', 'data', 'rerank', 'settings')


def save_result(file: str | Path, result: Mapping) -> None:
    """Write one result of :func:`mmvireid.evaluation.evaluate`, or several by name, and create the folder.

    Example:
        >>> from mmvireid.evaluation import save_result
        >>> save_result('results/scores.json', {'R1': 61.7, 'mAP': 57.5})
        >>> print(Path('results/scores.json').read_text().strip())
        {"R1": 61.7, "mAP": 57.5}
    """
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_as_text(result) + '\n', encoding='utf-8')


def save_results(file: str | Path, results: Mapping[str, Mapping]) -> list[Path]:
    """Write results by the label of their distance. A single result with an empty label is written to ``file``.

    Returns:
        The files: ``x.json``, or one ``x_<label>.json`` per label.

    Example:
        >>> files = save_results('x.json', {'full': {'mAP': 57.5}, 'simplified': {'mAP': 51.2}})
        >>> [file.name for file in files]
        ['x_full.json', 'x_simplified.json']
    """
    file = Path(file)
    files = [file.with_name(f'{file.stem}_{label}{file.suffix}') if label else file for label in results]
    for result_file, result in zip(files, results.values(), strict=True):
        save_result(result_file, result)
    return files


def load_result(file: str | Path) -> dict:
    """Read one result. A file of an earlier version is read in the current names.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file holds anything but one result.

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
        raise FileNotFoundError(f"No result file '{file}'.")
    try:
        result = json.loads(file.read_text(encoding='utf-8'))
    except ValueError as error:
        raise ValueError(f"'{file}' is not a result file of the evaluation: {error}.") from None
    if isinstance(result, dict):
        result = current_result(result)
    missing = [key for key in KEYS if not isinstance(result, dict) or key not in result]
    if missing:
        raise ValueError(
            f"'{file}' is not a result file of the evaluation: it lacks {missing}. Write one with tools/test.py --out "
            'or tools/analysis_tools/eval_features.py --json.'
        )
    if problem := _find_fault(result['settings']) or ('' if isinstance(result['data'], dict) else 'data is not a dict'):
        raise ValueError(f"'{file}' is a damaged result file: {problem}.")
    return result


def _find_fault(settings: object) -> str | None:
    """Return what is wrong with the settings, or None."""
    if not isinstance(settings, dict) or not settings:
        return 'settings is not a dict of settings'
    for name, scores in settings.items():
        missing = [key for key in (*SCORES, 'cmc', 'trials') if not isinstance(scores, dict) or key not in scores]
        if missing:
            return f"setting '{name}' lacks {missing}"
        queries = scores.get('queries', dict.fromkeys(QUERY_COLUMNS, []))
        lengths = [len(queries[key]) if isinstance(queries, dict) and key in queries else -1 for key in QUERY_COLUMNS]
        if len(set(lengths)) > 1 or -1 in lengths:
            return f"the queries of setting '{name}' must hold lists of one length for {list(QUERY_COLUMNS)}"
        if 'reranked' in scores and (problem := _find_fault({f'{name}/reranked': scores['reranked']})):
            return problem
    return None


def _as_text(value: object, indent: str = '') -> str:
    """Format as JSON with one line per key. A list of numbers or strings takes one line."""
    inner = indent + '  '
    if isinstance(value, Mapping) and any(isinstance(item, (Mapping, list)) for item in value.values()):
        lines = [f'{inner}{json.dumps(str(key))}: {_as_text(item, inner)}' for key, item in value.items()]
        return '{\n' + ',\n'.join(lines) + f'\n{indent}}}'
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return '[\n' + ',\n'.join(inner + _as_text(item, inner) for item in value) + f'\n{indent}]'
    return json.dumps(value, allow_nan=False)
