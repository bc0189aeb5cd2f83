"""A progress bar that only the main process shows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mmengine.dist import is_main_process
from tqdm import tqdm


@contextmanager
def progress_bar(
    name: str, total: int, unit: str, patience: float = 0, enabled: bool = True
) -> Iterator[Callable[[int], None]]:
    """Show a progress bar in the main process if the work takes long.

    Args:
        name: Text before the bar.
        total: Amount of work.
        unit: What is counted, for example ``'pair'``.
        patience: Seconds before the bar appears.
        enabled: False: never show the bar.

    Yields:
        A function that adds an amount of finished work. Several threads may call it.

    Example:
        >>> with progress_bar('distances', total=20, unit='pair', patience=10) as advance:
        ...     for _ in range(2):
        ...         advance(10)
    """
    hidden = not (enabled and is_main_process())
    with tqdm(total=total, desc=name, unit=unit, unit_scale=True, delay=patience, disable=hidden) as bar:

        def advance(amount: int) -> None:
            with bar.get_lock():
                bar.update(amount)

        yield advance
