"""Read JSON texts without surprises."""

import json
import math
from typing import Any


def parse_json(text: str | bytes) -> Any:
    """Parse a JSON text. Refuse NaN, infinite numbers, and a key that occurs twice in one object.

    Raises:
        ValueError: The text is not such a JSON text. The message says what is wrong.

    Example:
        >>> from mmvireid.utils.strict_json import parse_json
        >>> parse_json('{"mAP": 57.5}')
        {'mAP': 57.5}
        >>> parse_json('{"mAP": NaN}')
        Traceback (most recent call last):
        ValueError: it holds NaN, which is no number
    """
    try:
        return json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_without_repetition
        )
    except RecursionError:
        raise ValueError('its lists or dicts are nested too deeply') from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f'it holds {name}, which is no number')


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f'it holds {text[:20]}, which is too large for a number')
    return value


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated = next(key for number, (key, _) in enumerate(pairs) if key in dict(pairs[:number]))
        raise ValueError(f'it holds the key {repeated!r} twice in one dict')
    return found
