"""Check derived seeds, and that a seeded block does not change other random numbers."""

import itertools
import random

import numpy as np
import pytest
import torch

from mmvireid.utils.random import derive_seed, isolated_seed


def draw() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), float(torch.rand(()))


def test_a_seeded_block_does_not_change_outer_random_numbers():
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = [draw(), draw()]

    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    outer = [draw()]
    with isolated_seed(5):
        inner = draw()
    outer.append(draw())
    with isolated_seed(5):
        again = draw()
    with isolated_seed(6):
        other = draw()

    assert outer == expected
    assert inner == again
    assert all(a != b for a, b in zip(inner, other, strict=True))


def test_states_are_restored_after_an_error():
    torch.manual_seed(3)
    expected = draw()[2]
    torch.manual_seed(3)
    try:
        with isolated_seed(0):
            raise KeyError
    except KeyError:
        pass
    assert float(torch.rand(())) == expected


def test_derived_seeds_are_distinct():
    grid = list(itertools.product((*range(30), 2**32 - 1), range(30), (1, 2)))
    seeds = {derive_seed(seed, epoch, stream=stream) for seed, epoch, stream in grid}
    # The seed of an iteration in mmvireid/engine/runner/resumable_loop.py: no stream, but a rank.
    seeds |= {
        int(np.random.SeedSequence([seed, iteration, rank]).generate_state(1)[0])
        for seed, iteration, rank in itertools.product(range(30), range(30), range(2))
    }
    assert len(seeds) == len(grid) + 30 * 30 * 2


def test_derived_seeds_stay_the_same_in_every_version():
    assert derive_seed(0, 0, stream=1) == 673228719
    assert derive_seed(0, 1, stream=1) == 1959213352


@pytest.mark.parametrize('numbers', [(-1, 0), (0, -1), (2**32, 0)])
def test_a_number_outside_32_bits_is_refused(numbers):
    with pytest.raises(ValueError, match='must be an integer from 0 to'):
        derive_seed(*numbers, stream=1)
