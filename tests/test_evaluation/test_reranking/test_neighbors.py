import numpy as np
import pytest
import torch

from mmvireid.evaluation.reranking.neighbors import nearest, neighbor_matrix


@pytest.mark.parametrize('num_columns', [1, 2, 7, 300])
@pytest.mark.parametrize('num_values', [1, 3, 10**6])
@pytest.mark.parametrize('k', [1, 2, 7, 21])
def test_nearest_is_the_beginning_of_a_stable_sort(num_columns, num_values, k):
    distances = torch.randint(num_values, (40, num_columns), generator=torch.Generator().manual_seed(k)).double()
    neighbors = nearest(distances, k)
    ascending, columns = distances.sort(dim=1, stable=True)
    assert torch.equal(neighbors.columns, columns[:, :k])
    assert torch.equal(neighbors.distances, ascending[:, :k])
    assert torch.equal(neighbors.furthest, ascending[:, -1])


def test_neighbor_matrix():
    matrix = neighbor_matrix(np.array([[2, 0], [1, 2]]), np.array([[0.5, 0.25], [1, 2]]), 4)
    assert matrix.toarray().tolist() == [[0.25, 0, 0.5, 0], [0, 1, 2, 0]]
    assert neighbor_matrix(np.array([[2, 0]]), 0.5, 3).toarray().tolist() == [[0.5, 0, 0.5]]
