"""Checks of a protocol's options."""

from collections.abc import Sequence
from typing import Any


def choose(protocol: str, option: str, values: Sequence, known: Sequence) -> tuple:
    """``values`` as a tuple.

    Raises:
        ValueError: If they are no list, none, or one is not known or occurs twice.
    """
    is_list = isinstance(values, Sequence) and not isinstance(values, str)
    if not is_list or not values or any(value not in known for value in values) or len(set(values)) < len(values):
        raise ValueError(
            f'{protocol}: {option}={values!r}: give a list, choose from {tuple(known)}, each at most once.'
        )
    return tuple(values)


def at_least_one(protocol: str, option: str, value: Any) -> int:
    """``value`` itself.

    Raises:
        ValueError: If it is not a whole number, or below one.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f'{protocol}: {option}={value!r}: a whole number of at least one is needed.')
    return value


def true_or_false(protocol: str, option: str, value: Any) -> bool:
    """``value`` itself.

    Raises:
        ValueError: If it is neither True nor False; the text 'no' would count as true.
    """
    if not isinstance(value, bool):
        raise ValueError(f'{protocol}: {option}={value!r}: give True or False.')
    return value
