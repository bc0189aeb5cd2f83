import pytest
import torch

from mmvireid.evaluation.functional import cosine_distance, euclidean_distance


def test_cosine_distance_of_known_angles():
    query = torch.tensor([[2.0, 0.0], [0.0, 0.0]])
    gallery = torch.tensor([[5.0, 0.0], [0.0, 3.0], [-1.0, 0.0], [1.0, 1.0]])
    distances = cosine_distance(query, gallery)
    assert distances.dtype == torch.float64
    expected = torch.tensor([[0, 1, 2, 1 - 0.5**0.5], [1, 1, 1, 1]], dtype=torch.float64)
    torch.testing.assert_close(distances, expected, rtol=0, atol=1e-15)


def test_euclidean_distance_of_a_right_triangle():
    distances = euclidean_distance(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    assert distances.tolist() == [[5.0, 0.0]]


@pytest.mark.parametrize('seed', range(3))
def test_distances_equal_the_pairwise_definitions(seed):
    generator = torch.Generator().manual_seed(seed)
    query, gallery = torch.randn(7, 5, generator=generator), torch.randn(9, 5, generator=generator)
    q, g = query.double()[:, None], gallery.double()[None]
    torch.testing.assert_close(euclidean_distance(query, gallery), (q - g).norm(dim=2), rtol=0, atol=1e-12)
    expected = 1 - torch.cosine_similarity(q, g, dim=2)
    torch.testing.assert_close(cosine_distance(query, gallery), expected, rtol=0, atol=1e-12)


def test_arguments_are_left_alone():
    query, gallery = torch.randn(3, 4, dtype=torch.float64), torch.randn(2, 4, dtype=torch.float64)
    copies = query.clone(), gallery.clone()
    euclidean_distance(query, gallery)
    cosine_distance(query, gallery)
    assert torch.equal(query, copies[0])
    assert torch.equal(gallery, copies[1])
