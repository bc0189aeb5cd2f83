import pytest
import torch

from mmvireid.evaluation.reranking.top_k import rerank_topk


def naive_order(distances: list[float], fine: list[float], k: int) -> list[int]:
    """Columns of one row: a stable sort, whose first k are sorted again, equal ones by column."""
    order = sorted(range(len(distances)), key=lambda column: (distances[column], column))
    return sorted(order[:k], key=lambda column: (fine[column], column)) + order[k:]


@pytest.mark.parametrize('num_columns', [1, 2, 9, 60])
@pytest.mark.parametrize('num_values', [1, 4, 10**6])
@pytest.mark.parametrize('k', [1, 3, 9, 100])
def test_equal_to_sorting_twice(num_columns, num_values, k):
    generator = torch.Generator().manual_seed(k)
    distances, fine = (torch.randint(num_values, (20, num_columns), generator=generator).double() for _ in range(2))
    found = rerank_topk(distances, fine, k)
    assert found.dtype == torch.float64
    expected = [naive_order(*rows, k) for rows in zip(distances.tolist(), fine.tolist(), strict=True)]
    assert found.argsort(dim=1, stable=True).tolist() == expected
    if k >= num_columns:
        assert torch.equal(found.argsort(dim=1, stable=True), fine.argsort(dim=1, stable=True))


def test_ties():
    distances = torch.tensor([[0.5, 0.2, 0.5, 0.5, 0.9]])
    # Of the three at the last place, column 0 is on the list; it is as far as column 1 by the finer distance.
    found = rerank_topk(distances, torch.tensor([[7.0, 7.0, 1.0, 1.0, 1.0]]), k=2)
    assert found[0, 0] == found[0, 1] < 0
    assert found.argsort(dim=1, stable=True).tolist() == [[0, 1, 2, 3, 4]]


def test_others_keep_distances_that_differ_in_the_last_bit():
    distances = torch.tensor([[1e-300, 1.0, 1 + 2**-52, 1.0, 2e-300]], dtype=torch.float64)
    found = rerank_topk(distances, torch.tensor([[1e300, 0, 0, 0, 0]], dtype=torch.float64), k=1)
    assert torch.equal(found[:, 1:], distances[:, 1:])
    assert found[0, 0] < 0


def test_a_function_is_asked_once_for_k_pairs_a_row():
    generator = torch.Generator().manual_seed(0)
    distances, fine = torch.rand(6, 30, generator=generator), torch.rand(6, 30, generator=generator)
    asked = []

    def pairs(rows, columns):
        asked.append((rows, columns))
        return fine[rows, columns]

    assert torch.equal(rerank_topk(distances, pairs, 5), rerank_topk(distances, fine, 5))
    ((rows, columns),) = asked
    assert rows.tolist() == [row for row in range(6) for _ in range(5)]
    assert torch.equal(columns.view(6, 5), distances.argsort(dim=1)[:, :5])


def test_input_is_left_alone():
    distances, fine = torch.rand(2, 4).double(), torch.rand(2, 4)
    copies = distances.clone(), fine.clone()
    rerank_topk(distances, fine, 3)
    assert torch.equal(distances, copies[0]) and torch.equal(fine, copies[1])


def test_bad_input_is_refused():
    distances, fine = torch.rand(2, 4), torch.rand(2, 4)
    with pytest.raises(ValueError, match='k=0: a shortlist has at least one image'):
        rerank_topk(distances, fine, 0)
    with pytest.raises(ValueError, match='to be re-ranked are negative, down to -3'):
        rerank_topk(torch.tensor([[1.0, -3.0]]), torch.ones(1, 2), 1)
    for broken in (torch.nan, torch.inf):
        fine[1, 2] = broken
        with pytest.raises(ValueError, match=f'finer distance between query 1 and gallery image 2 is {broken}'):
            rerank_topk(distances, fine, 4)
