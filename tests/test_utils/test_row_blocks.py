import pytest
import torch

from mmvireid.utils.row_blocks import fast_rows, map_row_blocks, row_blocks


def test_blocks_cover_all_rows():
    assert row_blocks(7, 3) == [slice(0, 3), slice(3, 6), slice(6, 7)]
    assert row_blocks(0, 3) == []


def test_a_block_has_at_least_one_row():
    assert fast_rows(10**9, torch.device('cpu')) == 1
    assert fast_rows(0, torch.device('cpu')) > 1000


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_results_keep_their_order(two_threads):
    results = map_row_blocks(lambda rows: (rows.start, torch.get_num_threads()), 100, 3)
    assert results == [(start, 1) for start in range(0, 100, 3)]
    assert torch.get_num_threads() == 2


def test_number_of_threads_is_restored_after_an_error(two_threads):
    def fail(rows):
        raise RuntimeError('in a block')

    with pytest.raises(RuntimeError, match='in a block'):
        map_row_blocks(fail, 10, 1)
    assert torch.get_num_threads() == 2


def test_a_block_may_be_divided_again(two_threads):
    assert map_row_blocks(lambda rows: map_row_blocks(lambda part: part.start, 3, 1), 2, 1) == [[0, 1, 2]] * 2
