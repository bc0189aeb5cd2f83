import numpy as np
import pytest
import torch

from mmvireid.evaluation import CosineDistance, EuclideanDistance, SYSUMM01Protocol, evaluate
from mmvireid.evaluation.reranking import TopKReranking
from mmvireid.evaluation.reranking.top_k import rerank_topk
from mmvireid.registry import DISTANCES


class MapDistance(EuclideanDistance):
    """Of another descriptor; remembers the pairs that it was asked for."""

    name, descriptors, storage = 'map', ('map',), dict(map=torch.float16)

    def __init__(self) -> None:
        self.pairs = []

    def __call__(self, query, gallery):
        return super().__call__(*({'feature': images['map']} for images in (query, gallery)))

    def of_pairs(self, query, gallery, rows, columns):
        self.pairs += zip(rows.tolist(), columns.tolist(), strict=True)
        return super().of_pairs(query, gallery, rows, columns)


@pytest.fixture
def rerank(monkeypatch):
    monkeypatch.setitem(DISTANCES.module_dict, 'MapDistance', MapDistance)
    return lambda k: TopKReranking(distance=dict(type='MapDistance'), k=k)


def make_images(count: int, seed: int) -> dict[str, torch.Tensor]:
    """Few values: many ties in either descriptor."""
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randint(3, (count, 2), generator=generator).float() + 0.5 for name in ('feature', 'map')}


def test_says_what_it_compares(rerank):
    reranking = rerank(7)
    assert reranking.descriptors == ('map',) and reranking.storage == dict(map=torch.float16)
    assert reranking.options == dict(distance='map', k=7)
    for k in (0, 1.0, True):
        with pytest.raises(ValueError, match=f'top-k: k={k} has to be a whole number of at least 1'):
            rerank(k)


@pytest.mark.parametrize('k', [1, 5, 12, 40])
@pytest.mark.parametrize('known', [False, True])
def test_each_trial_by_its_own_shortlist_and_each_pair_once(rerank, k, known):
    query, candidates = make_images(8, 0), make_images(40, 1)
    generator = np.random.default_rng(0)
    galleries = [generator.choice(40, size, replace=False) for size in (1, 12, 12, 30)]
    coarse, fine = CosineDistance()(query, candidates), MapDistance()(query, candidates)
    reranking = rerank(k)
    found = reranking(CosineDistance(), query, candidates, galleries, coarse if known else None)
    wanted = set()
    for gallery, result in zip(galleries, found, strict=True):
        of_trial = coarse[:, gallery], fine[:, gallery]
        assert torch.equal(result, rerank_topk(*of_trial, k))
        shortlists = of_trial[0].argsort(dim=1, stable=True)[:, :k]
        wanted |= {(row, gallery[column]) for row, columns in enumerate(shortlists.tolist()) for column in columns}
    pairs = reranking.distance.pairs
    assert len(pairs) == len(set(pairs)) and set(pairs) == wanted


def test_a_shortlist_of_everyone_has_the_scores_of_the_finer_distance(rerank, image_set, small_counts):
    images = image_set(small_counts)
    descriptors, protocol = make_images(len(images), 0), SYSUMM01Protocol(num_trials=2)
    # The other way round than their paths, and excluded images on the list.
    order = np.arange(len(images))[::-1].copy()
    images, descriptors = images.take(order), {name: values[order] for name, values in descriptors.items()}
    finer = evaluate(images, descriptors, protocol, MapDistance())
    both = evaluate(images, descriptors, protocol, CosineDistance(), reranking=rerank(1000))
    raw = evaluate(images, descriptors, protocol, CosineDistance())
    assert both['rerank'] == dict(name='top-k', distance='map', k=1000)
    for setting, scores in both['settings'].items():
        reranked = scores.pop('reranked')
        assert reranked == {name: finer['settings'][setting][name] for name in reranked}
        assert scores == raw['settings'][setting]
    with pytest.raises(ValueError, match="TopKReranking compares 'map', the images have"):
        evaluate(images, {'feature': descriptors['feature']}, protocol, CosineDistance(), reranking=rerank(1))


def test_broken_finer_distances_are_refused(rerank):
    query, candidates = make_images(2, 0), make_images(5, 1)
    candidates['map'][3] = torch.nan
    with pytest.raises(ValueError, match='finer distance between query 0 and gallery image 3 is nan'):
        list(rerank(9)(CosineDistance(), query, candidates, [np.arange(5)]))
