"""Random numbers for one block of code, independent of all other code."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def isolated_seed(seed: int) -> Iterator[None]:
    """Seed the generators of Python, NumPy and torch (CPU) for a block, then restore their states.

    Args:
        seed: An integer from 0 to 2**32 - 1.

    Example:
        >>> with isolated_seed(5):
        ...     first = torch.rand(3)
        >>> with isolated_seed(5):
        ...     print(torch.equal(first, torch.rand(3)))
        True
    """
    states = random.getstate(), np.random.get_state(), torch.default_generator.get_state()
    random.seed(seed)
    np.random.seed(seed)
    # torch.manual_seed would also queue a call for an accelerator, which a worker process never uses.
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.default_generator.set_state(states[2])
