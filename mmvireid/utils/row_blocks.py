"""Work on large matrices a block of rows at a time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Result = TypeVar('Result')

# Elements of a matrix worked on at a time: a megabyte of float64 stays in a core's cache, a GPU wants more.
_CPU_ELEMENTS = 1 << 17
_GPU_ELEMENTS = 1 << 26


def row_blocks(num_rows: int, rows: int) -> list[slice]:
    """Slices of ``rows`` rows, the last one of what is left."""
    return [slice(start, min(start + rows, num_rows)) for start in range(0, num_rows, rows)]


def fast_rows(row_length: int, device: torch.device) -> int:
    """How many rows of a matrix are best worked on at a time."""
    return max(1, (_CPU_ELEMENTS if device.type == 'cpu' else _GPU_ELEMENTS) // max(1, row_length))


def map_row_blocks(
    function: Callable[[slice], Result], num_rows: int, rows: int, device: str | torch.device = 'cpu'
) -> list[Result]:
    """Call ``function`` for one slice of ``rows`` rows after the other, on the CPU in as many threads as torch has.

    Left to itself torch splits every small operation among its threads and waits for the slowest after each: ten times
    slower on a processor that others use too, and no faster on an idle one.

    Returns:
        What ``function`` returned, in the order of the rows.
    """
    blocks = row_blocks(num_rows, rows)
    num_threads = min(torch.get_num_threads(), len(blocks)) if torch.device(device).type == 'cpu' else 1
    if num_threads <= 1:
        return [function(block) for block in blocks]
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(num_threads) as pool:
            return list(pool.map(function, blocks))
    finally:
        torch.set_num_threads(before)
