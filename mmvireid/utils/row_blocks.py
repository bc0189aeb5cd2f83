"""Divide the work on a large matrix into blocks of rows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Result = TypeVar('Result')

# Elements of a matrix in one block. On the CPU, 1 MiB of float64 stays in a core's cache. A GPU needs larger blocks.
_CPU_ELEMENTS = 1 << 17
_GPU_ELEMENTS = 1 << 26


def row_blocks(num_rows: int, rows: int) -> list[slice]:
    """Divide all rows into slices of ``rows`` rows. The last slice may be shorter.

    Example:
        >>> row_blocks(7, 3)
        [slice(0, 3, None), slice(3, 6, None), slice(6, 7, None)]
    """
    return [slice(start, min(start + rows, num_rows)) for start in range(0, num_rows, rows)]


def fast_rows(row_length: int, device: torch.device) -> int:
    """Choose a fast number of rows per block for rows of this length.

    Example:
        >>> fast_rows(1000, torch.device('cpu'))
        131
    """
    return max(1, (_CPU_ELEMENTS if device.type == 'cpu' else _GPU_ELEMENTS) // max(1, row_length))


def map_row_blocks(
    function: Callable[[slice], Result], num_rows: int, rows: int, device: str | torch.device = 'cpu'
) -> list[Result]:
    """Call a function for each block of rows.

    On the CPU, blocks run in as many threads as torch has, and torch uses one thread per block. Without this, torch
    divides every small operation among its threads and waits for the slowest. This is ten times slower on a processor
    with other load, and no faster on an idle one.

    Args:
        function: Receives the slice of a block.
        num_rows: Number of all rows.
        rows: Rows per block.
        device: Where the function works. Only CPU blocks run in threads.

    Returns:
        The results of ``function`` in the order of the rows.

    Example:
        >>> matrix = torch.arange(8.0).view(4, 2)
        >>> map_row_blocks(lambda rows: matrix[rows].sum().item(), num_rows=4, rows=2)
        [6.0, 22.0]
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
