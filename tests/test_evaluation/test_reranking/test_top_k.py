"""Two-step search: the array function, and the registered re-ranking against sorting twice."""

import numpy as np
import pytest
import torch

from mmvireid.evaluation import CosineDistance, EuclideanDistance, SYSUMM01Protocol, evaluate
from mmvireid.evaluation.reranking import TopKReranking
from mmvireid.evaluation.reranking.neighbors import nearest
from mmvireid.evaluation.reranking.top_k import put_first
from mmvireid.registry import DISTANCES


def rerank_topk(distmat: torch.Tensor, fine: torch.Tensor, k: int) -> torch.Tensor:
    """Put the k nearest columns of each row first, in the order of ``fine`` (Q, G)."""
    columns = nearest(distmat, k).columns
    return put_first(distmat, columns, fine.gather(1, columns))


def naive_order(distances: list[float], fine: list[float], k: int) -> list[int]:
    """Sort the columns of one row, then sort the first k again. The lower column breaks ties."""
    order = sorted(range(len(distances)), key=lambda column: (distances[column], column))
    return sorted(order[:k], key=lambda column: (fine[column], column)) + order[k:]


@pytest.mark.parametrize('num_columns', [1, 2, 9, 60])
@pytest.mark.parametrize('num_values', [1, 4, 10**6])
@pytest.mark.parametrize('k', [1, 3, 9, 100])
def test_order_equals_sorting_twice(num_columns, num_values, k):
    generator = torch.Generator().manual_seed(k)
    distmat, fine = (torch.randint(num_values, (20, num_columns), generator=generator).double() for _ in range(2))
    found = rerank_topk(distmat, fine, k)
    assert found.dtype == torch.float64
    expected = [naive_order(*rows, k) for rows in zip(distmat.tolist(), fine.tolist(), strict=True)]
    assert found.argsort(dim=1, stable=True).tolist() == expected
    if k >= num_columns:
        assert torch.equal(found.argsort(dim=1, stable=True), fine.argsort(dim=1, stable=True))


def test_ties():
    distmat = torch.tensor([[0.5, 0.2, 0.5, 0.5, 0.9]])
    # Three columns tie for the last place, and column 0 gets it. Its finer distance equals that of column 1.
    found = rerank_topk(distmat, torch.tensor([[7.0, 7.0, 1.0, 1.0, 1.0]]), k=2)
    assert found[0, 0] == found[0, 1] < 0
    assert found.argsort(dim=1, stable=True).tolist() == [[0, 1, 2, 3, 4]]


def test_other_images_keep_distances_that_differ_in_the_last_bit():
    distmat = torch.tensor([[1e-300, 1.0, 1 + 2**-52, 1.0, 2e-300]], dtype=torch.float64)
    found = rerank_topk(distmat, torch.tensor([[1e300, 0, 0, 0, 0]], dtype=torch.float64), k=1)
    assert torch.equal(found[:, 1:], distmat[:, 1:])
    assert found[0, 0] < 0


def test_arguments_are_not_changed():
    arguments = torch.rand(2, 4).double(), torch.tensor([[0, 2], [3, 1]]), torch.rand(2, 2)
    copies = [argument.clone() for argument in arguments]
    put_first(*arguments)
    assert all(torch.equal(*pair) for pair in zip(arguments, copies, strict=True))


def test_bad_distances_are_refused():
    with pytest.raises(ValueError, match='to re-rank must not be negative; the lowest is -3'):
        put_first(torch.tensor([[1.0, -3.0]]), torch.tensor([[0]]), torch.ones(1, 1))
    for broken in (torch.nan, torch.inf):
        with pytest.raises(ValueError, match=f'finer distance between query 1 and gallery image 2 is {broken}'):
            put_first(torch.rand(2, 4), torch.tensor([[0], [2]]), torch.tensor([[1.0], [broken]]))


class MapDistance(EuclideanDistance):
    """Compare another descriptor, and record the compared pairs."""

    name, descriptors, storage = 'map', ('map',), dict(map=torch.float16)

    def __init__(self) -> None:
        self.pairs = []

    def __call__(self, query, gallery):
        return super().__call__(*({'feature': images['map']} for images in (query, gallery)))

    def pair_distances(self, query, gallery, rows, columns):
        self.pairs += zip(rows.tolist(), columns.tolist(), strict=True)
        return super().pair_distances(query, gallery, rows, columns)


@pytest.fixture
def build(monkeypatch):
    monkeypatch.setitem(DISTANCES.module_dict, 'MapDistance', MapDistance)
    return lambda k: TopKReranking(distance=dict(type='MapDistance'), k=k)


def make_images(count: int, seed: int) -> dict[str, torch.Tensor]:
    """Create two descriptors with few values, so that both have many ties."""
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randint(3, (count, 2), generator=generator).float() + 0.5 for name in ('feature', 'map')}


def test_attributes_describe_the_finer_distance(build):
    reranking = build(7)
    assert reranking.descriptors == ('map',) and reranking.storage == dict(map=torch.float16)
    assert reranking.options == dict(distance='map', k=7)
    for k in (0, 1.0, True):
        with pytest.raises(ValueError, match=f'top-k: k={k} must be a whole number of at least 1'):
            build(k)


@pytest.mark.parametrize('k', [1, 5, 12, 40])
@pytest.mark.parametrize('known', [False, True])
def test_each_trial_has_its_shortlist_and_no_pair_is_compared_twice(build, k, known):
    query, candidates = make_images(8, 0), make_images(40, 1)
    generator = np.random.default_rng(0)
    galleries = [generator.choice(40, size, replace=False) for size in (1, 12, 12, 30)]
    coarse, fine = CosineDistance()(query, candidates), MapDistance()(query, candidates)
    reranking = build(k)
    found = reranking(CosineDistance(), query, candidates, galleries, coarse if known else None)
    expected_pairs = set()
    for gallery, result in zip(galleries, found, strict=True):
        assert torch.equal(result, rerank_topk(coarse[:, gallery], fine[:, gallery], k))
        shortlists = coarse[:, gallery].argsort(dim=1, stable=True)[:, :k]
        for row, columns in enumerate(shortlists.tolist()):
            expected_pairs |= {(row, gallery[column]) for column in columns}
    pairs = reranking.distance.pairs
    assert len(pairs) == len(set(pairs)) and set(pairs) == expected_pairs


def test_a_shortlist_of_all_images_has_the_scores_of_the_finer_distance(build, image_set, small_counts):
    images = image_set(small_counts)
    descriptors, protocol = make_images(len(images), 0), SYSUMM01Protocol(num_trials=2)
    # Reverse the order of the paths. Excluded images are on the shortlist, too.
    order = np.arange(len(images))[::-1].copy()
    images, descriptors = images.take(order), {name: values[order] for name, values in descriptors.items()}
    finer = evaluate(images, descriptors, protocol, MapDistance())
    both = evaluate(images, descriptors, protocol, CosineDistance(), reranking=build(1000))
    raw = evaluate(images, descriptors, protocol, CosineDistance())
    assert both['rerank'] == dict(name='top-k', distance='map', k=1000)
    for setting, scores in both['settings'].items():
        reranked = scores.pop('reranked')
        assert reranked == {name: finer['settings'][setting][name] for name in reranked}
        assert scores == raw['settings'][setting]
    with pytest.raises(ValueError, match="TopKReranking compares 'map'"):
        evaluate(images, {'feature': descriptors['feature']}, protocol, CosineDistance(), reranking=build(1))


def test_bad_finer_distances_are_refused(build):
    query, candidates = make_images(2, 0), make_images(5, 1)
    candidates['map'][3] = torch.nan
    with pytest.raises(ValueError, match='finer distance between query 0 and gallery image 3 is nan'):
        list(build(9)(CosineDistance(), query, candidates, [np.arange(5)]))
