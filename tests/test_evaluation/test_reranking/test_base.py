"""Properties of every registered re-ranking."""

import inspect

import numpy as np
import pytest
import torch

from mmvireid.evaluation import CosineDistance
from mmvireid.evaluation.reranking import BaseReranking, affinity_inference, image_distances, k_reciprocal
from mmvireid.registry import RERANKINGS

RERANKING_TYPES = sorted(RERANKINGS.module_dict)
NEEDED = {'TopKReranking': dict(distance=dict(type='EuclideanDistance'))}
NUM_QUERY, NUM_CANDIDATES = 30, 70


@pytest.fixture(params=RERANKING_TYPES)
def reranking(request) -> BaseReranking:
    return RERANKINGS.build(dict(type=request.param, **NEEDED.get(request.param, {})))


@pytest.fixture
def descriptors() -> tuple[dict, dict]:
    """Create descriptors with few values, so that there are many ties and some equal images."""
    generator = torch.Generator().manual_seed(0)
    query, candidates = (
        torch.randint(-2, 3, (count, 3), generator=generator).float() + 0.25 for count in (NUM_QUERY, NUM_CANDIDATES)
    )
    return {'feature': query}, {'feature': candidates}


@pytest.fixture
def galleries() -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    drawn = [generator.choice(NUM_CANDIDATES, size, replace=False) for size in (1, 5, 25, 25, 60)]
    return [*drawn, np.sort(drawn[-1]), np.arange(NUM_CANDIDATES)]


def test_name_and_options(reranking):
    assert isinstance(reranking, BaseReranking)
    assert reranking.name
    parameters = inspect.signature(type(reranking)).parameters
    needed = NEEDED.get(type(reranking).__name__, {})
    assert list(reranking.options) == list(parameters)
    changeable = {name: value for name, value in reranking.options.items() if name not in needed}
    assert changeable == {name: parameters[name].default for name in changeable}
    changed = {name: value / 2 if isinstance(value, float) else value + 1 for name, value in changeable.items()}
    assert type(reranking)(**needed, **changed).options == {**reranking.options, **changed}


def test_other_trials_do_not_change_a_trial(reranking, descriptors, galleries):
    query, candidates = descriptors
    together = list(reranking(CosineDistance(), query, candidates, galleries))
    assert [tuple(result.shape) for result in together] == [(NUM_QUERY, len(gallery)) for gallery in galleries]
    for gallery, result in zip(galleries, together, strict=True):
        assert result.dtype == torch.float64
        assert result.isfinite().all()
        (alone,) = reranking(CosineDistance(), query, candidates, [gallery])
        assert torch.equal(alone, result)
        own_candidates = {'feature': candidates['feature'][torch.from_numpy(gallery)]}
        (without_others,) = reranking(CosineDistance(), query, own_candidates, [np.arange(len(gallery))])
        assert torch.equal(without_others, result)


def test_candidates_outside_the_gallery_have_no_effect(reranking, descriptors, galleries):
    query, candidates = descriptors
    (expected,) = reranking(CosineDistance(), query, candidates, [galleries[2]])
    broken = torch.full_like(candidates['feature'], torch.nan)
    broken[torch.from_numpy(galleries[2])] = candidates['feature'][torch.from_numpy(galleries[2])]
    (found,) = reranking(CosineDistance(), query, {'feature': broken}, [galleries[2]])
    assert torch.equal(found, expected)


def test_known_distances_are_used_but_not_changed(reranking, descriptors, galleries):
    query, candidates = descriptors
    known = CosineDistance()(query, candidates)
    copy = known.clone()
    expected = list(reranking(CosineDistance(), query, candidates, galleries))
    found = list(reranking(CosineDistance(), query, candidates, galleries, known))
    assert all(torch.equal(*pair) for pair in zip(found, expected, strict=True))
    assert torch.equal(known, copy)


def test_chosen_images_among_others(reranking, descriptors, galleries):
    query, candidates = descriptors
    everything = {'feature': torch.cat([candidates['feature'], query['feature']])}
    queries, drawn = NUM_CANDIDATES + np.array([20, 3, 4]), np.arange(69, -1, -1)
    found = list(reranking(CosineDistance(), everything, everything, galleries, chosen=(queries, drawn)))
    few = {'feature': query['feature'][[20, 3, 4]]}
    expected = list(reranking(CosineDistance(), few, {'feature': candidates['feature'].flip(0)}, galleries))
    assert all(torch.equal(*pair) for pair in zip(found, expected, strict=True))


@pytest.mark.parametrize('size', [1, 7])
def test_size_of_a_block_changes_nothing(reranking, descriptors, galleries, monkeypatch, size):
    query, candidates = descriptors
    galleries = galleries[1:4]
    expected = list(reranking(CosineDistance(), query, candidates, galleries))
    for name in ('_ROWS', '_SELECTED_ROWS', '_PAIR_ROWS', '_TILE'):
        monkeypatch.setattr(image_distances, name, size)
    for module in (k_reciprocal, affinity_inference):
        monkeypatch.setattr(module, '_BLOCK_ELEMENTS', size)
    found = list(reranking(CosineDistance(), query, candidates, galleries))
    assert all(torch.equal(*pair) for pair in zip(found, expected, strict=True))


class MapDistance(CosineDistance):
    """Compare descriptors of another name and shape, and record the size of the largest distance matrix."""

    name = 'map'
    descriptors = ('map',)

    def __init__(self) -> None:
        self.largest = 0

    def __call__(self, query, gallery):
        distmat = super().__call__(*({'feature': images['map'].flatten(1)} for images in (query, gallery)))
        self.largest = max(self.largest, distmat.numel())
        return distmat


def test_one_call_of_the_distance_never_exceeds_a_block(reranking, descriptors, galleries, monkeypatch):
    monkeypatch.setattr(image_distances, '_DESCRIPTOR_ELEMENTS', 3 * 16)
    query, candidates = (
        {'map': images['feature'][:, None], 'unused': None, **{name: images[name] for name in reranking.descriptors}}
        for images in descriptors
    )
    distance = MapDistance()
    found = list(reranking(distance, query, candidates, galleries))
    expected = list(reranking(CosineDistance(), *descriptors, galleries))
    assert all(torch.equal(*pair) for pair in zip(found, expected, strict=True))
    assert distance.largest == 16 * 16


def test_bad_input_is_refused(reranking, descriptors):
    query, candidates = descriptors
    with pytest.raises(ValueError, match=f'{reranking.name}, trial 1: 30 queries and 0 gallery images'):
        reranking(CosineDistance(), query, candidates, [np.arange(3), np.arange(0)])
    with pytest.raises(ValueError, match=f'{reranking.name}, trial 0: 0 queries'):
        reranking(CosineDistance(), {'feature': torch.empty(0, 3)}, candidates, [np.arange(3)])
    with pytest.raises(ValueError, match=r'distmat has shape \(70, 30\); queries and candidates need \(30, 70\)'):
        reranking(CosineDistance(), query, candidates, [np.arange(3)], CosineDistance()(candidates, query))
