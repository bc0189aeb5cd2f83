"""Error messages that say where a wrong option is in the config."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def errors_at(path: str) -> Iterator[None]:
    """Put a config path in front of the message of an error from this block.

    A component's error names only the component's own option. The code that builds or calls the component knows the
    path of the component in the config.

    Args:
        path: Where the component is in the config, such as ``'model.heads.identity'``.

    Example:
        >>> with errors_at('model.neck'):
        ...     raise ValueError("pooling must be 'avg', 'max' or 'gem', got 'sum'.")
        Traceback (most recent call last):
        ValueError: model.neck: pooling must be 'avg', 'max' or 'gem', got 'sum'.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        if len(error.args) == 1 and isinstance(error.args[0], str):
            error.args = (f'{path}: {error.args[0]}',)
        raise
