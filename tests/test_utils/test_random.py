"""Check that a seeded block does not change other random numbers."""

import random

import numpy as np
import torch

from mmvireid.utils.random import isolated_seed


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
