"""Seeds that never add up to the same number, and random numbers for one block of code."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

SAMPLER_STREAM = 1
"""Tell the seeds of samplers from the seeds of iterations, which have no stream."""


def derive_seed(seed: int, *numbers: int, stream: int) -> int:
    """Derive a seed of 32 bits from a run's seed and from numbers such as the epoch.

    A sum would repeat: seed 0 in epoch 1 would be seed 1 in epoch 0. A seed sequence mixes all bits instead.

    Args:
        seed: Seed of the run, an integer from 0 to 2**32 - 1.
        numbers: Further integers from 0 to 2**32 - 1.
        stream: Number of the purpose. Two purposes never share their seeds.

    Raises:
        ValueError: A number is not from 0 to 2**32 - 1.

    Example:
        >>> derive_seed(0, 1, stream=SAMPLER_STREAM) == derive_seed(1, 0, stream=SAMPLER_STREAM)
        False
    """
    for number in (seed, *numbers):
        if not 0 <= number < 2**32:
            raise ValueError(f'seed={number} must be an integer from 0 to 2**32 - 1.')
    sequence = np.random.SeedSequence([seed, *numbers], spawn_key=(stream,))
    return int(sequence.generate_state(1)[0])


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
