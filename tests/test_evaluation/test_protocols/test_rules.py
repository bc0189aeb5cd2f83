import random

import numpy as np
import pytest

from mmvireid.evaluation.protocols.rules import draw_seeded, group_cells


def test_cells_are_sorted_and_keep_the_order_of_their_images():
    generator = np.random.default_rng(0)
    pids, cam_ids = generator.choice([12, 3, 7], 50), generator.choice([9, 2], 50)
    cells = group_cells(pids, cam_ids)
    assert [(cell.pid, cell.cam_id) for cell in cells] == [(pid, cam) for pid in (3, 7, 12) for cam in (2, 9)]
    for cell in cells:
        assert cell.members == np.flatnonzero((pids == cell.pid) & (cam_ids == cell.cam_id)).tolist()
    assert group_cells(pids[:1], cam_ids[:1]) == [(pids[0], cam_ids[0], [0])]


@pytest.mark.parametrize('shots', [1, 3, 99])
def test_draws_equal_the_global_generator_and_leave_it_unchanged(shots):
    cells = group_cells(np.repeat([1, 2, 3], [4, 1, 30]), np.ones(35, dtype=int))
    random.seed(5)
    state = random.getstate()
    found = draw_seeded(cells, shots, trial=5)
    assert random.getstate() == state
    expected = []
    for members in ([0, 1, 2, 3], [4], list(range(5, 35))):
        expected += [random.choice(members)] if shots == 1 else random.sample(members, min(shots, len(members)))
    assert found == expected
