import numpy as np
import pytest
import torch

from mmvireid.evaluation.distances import BaseDistance, cosine_distance, euclidean_distance
from mmvireid.registry import DISTANCES

BOTH = pytest.mark.parametrize('distance', [cosine_distance, euclidean_distance])


def random_features(count: int, dims: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, dims, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_cosine_distance_of_known_angles():
    query = torch.tensor([[2.0, 0.0], [0.0, 0.0]])
    gallery = torch.tensor([[5.0, 0.0], [0.0, 3.0], [-1.0, 0.0], [1.0, 1.0]])
    distances = cosine_distance(query, gallery)
    assert distances.dtype == torch.float64
    expected = torch.tensor([[0, 1, 2, 1 - 0.5**0.5], [1, 1, 1, 1]], dtype=torch.float64)
    torch.testing.assert_close(distances, expected, rtol=0, atol=2**-43)
    assert torch.equal(distances[:, :3], expected[:, :3])


def test_cosine_distance_of_zero_vectors_is_one():
    zeros = torch.zeros(2, 5)
    assert (cosine_distance(zeros, torch.cat([zeros, random_features(3, 5)])) == 1).all()


def test_euclidean_distance_of_a_right_triangle():
    distances = euclidean_distance(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    assert distances.tolist() == [[5.0, 0.0]]


@pytest.mark.parametrize('scale', [1e-20, 1.0, 1e20])
@pytest.mark.parametrize('dims', [1, 5, 300])
def test_distances_equal_the_pairwise_definitions(dims, scale):
    query, gallery = scale * random_features(7, dims), scale * random_features(9, dims, seed=1)
    q, g = query[:, None], gallery[None]
    length = torch.maximum(q.norm(dim=2), g.norm(dim=2))
    assert ((euclidean_distance(query, gallery) - (q - g).norm(dim=2)).abs() <= 1e-9 * length).all()
    expected = 1 - torch.cosine_similarity(q / scale, g / scale, dim=2)
    torch.testing.assert_close(cosine_distance(query, gallery), expected, rtol=0, atol=1e-9)


@BOTH
@pytest.mark.parametrize('spread', [1e-2, 1e-4, 1e-5])
def test_features_that_are_nearly_equal_keep_their_order(distance, spread):
    """Before training, all features of a network are one vector with a little noise."""
    base = torch.randn(256, generator=torch.Generator().manual_seed(2))
    features = (base + spread * random_features(300, 256)).float()
    query, gallery = features[:100].double(), features[100:].double()
    if distance is cosine_distance:
        query, gallery = (torch.nn.functional.normalize(side, dim=1) for side in (query, gallery))
    squared = (query[:, None] - gallery).square().sum(dim=2)
    found = distance(features[:100], features[100:])
    found_squared = 2 * found if distance is cosine_distance else found.square()
    assert ((found_squared - squared).abs() <= 1e-14 * query.square().sum(dim=1, keepdim=True)).all()
    assert (found.argsort(dim=1) == squared.argsort(dim=1)).float().mean() > 0.99


@pytest.mark.parametrize('scale', [1e-300, 1e-160, 1e150, 1e300])
def test_cosine_of_very_small_and_very_large_vectors(scale):
    features = random_features(6, 8)
    assert torch.equal(cosine_distance(scale * features, features) > 0.5, cosine_distance(features, features) > 0.5)
    torch.testing.assert_close(cosine_distance(scale * features, features), cosine_distance(features, features))


def test_small_whole_numbers_are_exact():
    """float32 features are exact too, except for elements about 2^20 times smaller than the vector's length."""
    generator = torch.Generator().manual_seed(0)
    query, gallery = (torch.randint(-9, 10, (count, 40), generator=generator) for count in (6, 8))
    expected = (query[:, None] - gallery).square().sum(dim=2).double().sqrt()
    assert torch.equal(euclidean_distance(query, gallery), expected)


@BOTH
@pytest.mark.parametrize('dims', [3, 24, 2048])
def test_equal_features_have_equal_distances(distance, dims):
    few = random_features(4, dims).float()
    copies = torch.randint(4, (500,), generator=torch.Generator().manual_seed(0))
    query = torch.cat([few, random_features(30, dims, seed=1).float()])
    distances = distance(query, few[copies])
    for number in range(4):
        same = distances[:, copies == number]
        assert (same == same[:, :1]).all()
        assert (same[number] == 0).all()
    assert (distance(few[:1].expand(50, -1), few[:1].expand(60, -1)) == 0).all()


@BOTH
@pytest.mark.parametrize('length', [1.0, 1e-3])
def test_blocks_threads_and_sides_change_no_bit(distance, length):
    features = length * torch.nn.functional.normalize(random_features(90, 517), dim=1)
    query, gallery = features[:40], features[30:]
    whole = distance(query, gallery)
    assert torch.equal(distance(gallery, query).T, whole)
    for rows, columns in ((1, 1), (3, 7), (40, 1), (13, 60)):
        parts = [torch.cat([distance(q, g) for g in gallery.split(columns)], dim=1) for q in query.split(rows)]
        assert torch.equal(torch.cat(parts), whole)
    before = torch.get_num_threads()
    torch.set_num_threads(3 - min(before, 2))
    other = distance(query, gallery)
    torch.set_num_threads(before)
    assert torch.equal(other, whole)


@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
@BOTH
def test_the_device_changes_no_bit(distance):
    query, gallery = random_features(100, 700), random_features(200, 700, seed=1)
    assert torch.equal(distance(query.cuda(), gallery.cuda()).cpu(), distance(query, gallery))


def test_sums_are_not_rounded():
    """The reference uses Python integers: products of up to 2^52, sums of up to 2^60."""
    features = np.random.default_rng(0).integers(-(2**26), 2**26, size=(6, 300))
    exact = [[sum((int(a) - int(b)) ** 2 for a, b in zip(q, g, strict=True)) for g in features] for q in features]
    distances = euclidean_distance(torch.from_numpy(features), torch.from_numpy(features))
    np.testing.assert_allclose(distances, np.sqrt(np.array(exact, dtype=float)), rtol=1e-15)


def test_arguments_are_not_changed():
    query, gallery = random_features(3, 4), random_features(2, 4, seed=1)
    copies = query.clone(), gallery.clone()
    euclidean_distance(query, gallery)
    cosine_distance(query, gallery)
    assert torch.equal(query, copies[0])
    assert torch.equal(gallery, copies[1])


@pytest.mark.parametrize('name', ['CosineDistance', 'EuclideanDistance'])
def test_registered_distances(name):
    distance = DISTANCES.build(dict(type=name))
    assert isinstance(distance, BaseDistance)
    assert name.lower().startswith(distance.name)
    query, gallery = ({'feature': random_features(count, 6, seed=count)} for count in (3, 4))
    distmat = distance(query, gallery)
    assert distmat.shape == (3, 4)
    assert (distmat >= 0).all()
    assert (distance(query, query).diagonal() == 0).all()
