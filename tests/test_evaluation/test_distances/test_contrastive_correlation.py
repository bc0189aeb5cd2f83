import sys

import numpy as np
import pytest
import torch

from mmvireid.evaluation import (
    BaseDistance,
    ContrastiveCorrelationDistance,
    KReciprocalReranking,
    SYSUMM01Protocol,
    distances,
    evaluate,
)
from mmvireid.evaluation.distances import contrastive_correlation
from mmvireid.evaluation.distances.contrastive_difference import compiled_loops
from mmvireid.models.layers.contrastive_correlation import (
    KernelGrid,
    literal_logits,
    mix_positions,
    sample_kernels,
)
from mmvireid.registry import DISTANCES
from mmvireid.utils import progress as progress_module

GRID = KernelGrid(map_size=(5, 4), kernel_size=(3, 2), stride=(2, 1))


def random_maps(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, 6, *GRID.map_size, generator=torch.Generator().manual_seed(seed)).relu()


def random_weight() -> torch.Tensor:
    shape = len(GRID.kernels), len(GRID.patches)
    return (torch.randn(shape, generator=torch.Generator().manual_seed(7)) + 0.5) / 50


def folded(maps: torch.Tensor, bias: float = 0.3) -> dict[str, torch.Tensor]:
    """Create the descriptors of the closed form. Its values are the map itself."""
    weights = mix_positions(maps, random_weight(), GRID)
    return dict(contrast_values=maps, contrast_weights=weights, contrast_bias=maps.new_full((len(maps),), bias))


def unfolded(maps: torch.Tensor, bias: float = 0.3) -> dict[str, torch.Tensor]:
    """Create descriptors of normalized kernels. The weights are the weighted sum of the patches for each kernel."""
    patches = maps.flatten(2)[:, :, GRID.patches]
    return dict(
        contrast_values=sample_kernels(maps, GRID, normalize=True),
        contrast_weights=torch.einsum('kp,bcpn->bkcn', random_weight(), patches),
        contrast_bias=maps.new_full((len(maps), 1), bias),
    )


def literal(query: torch.Tensor, gallery: torch.Tensor, normalize: bool, bias: float = 0.3) -> torch.Tensor:
    """Compute D of one pair after the other in float64, as the paper writes it."""
    weight = random_weight().double()
    scores = torch.empty(len(query), len(gallery), dtype=torch.float64)
    for row, first in enumerate(query.double()):
        for column, second in enumerate(gallery.double()):
            logits = literal_logits(first[None], second[None], weight, GRID, normalize)
            scores[row, column] = sum((logit + bias).sigmoid() for logit in logits) / 2
    return scores


class LiteralDifference(BaseDistance):
    """Compare maps with D itself."""

    name, descriptors = 'literal', ('contrast_values',)

    def __call__(self, query, gallery):
        return literal(query['contrast_values'], gallery['contrast_values'], normalize=False)


@pytest.mark.parametrize(('descriptors', 'normalize'), [(folded, False), (unfolded, True)])
def test_equal_to_the_literal_form(descriptors, normalize):
    query, gallery = random_maps(5), random_maps(7, seed=1)
    distance = DISTANCES.build(dict(type='ContrastiveCorrelationDistance'))
    distances = distance(descriptors(query), descriptors(gallery))
    expected = literal(query, gallery, normalize)
    assert expected.std() > 0.01
    torch.testing.assert_close(-torch.expm1(-distances), expected, rtol=1e-5, atol=0)
    torch.testing.assert_close(distances, -torch.log1p(-expected), rtol=1e-5, atol=0)


def test_pairs_have_the_digits_of_the_matrix():
    distance = ContrastiveCorrelationDistance()
    query, gallery = folded(random_maps(5)), folded(random_maps(7, seed=1))
    rows, columns = torch.cartesian_prod(torch.arange(5), torch.arange(7)).repeat(2, 1)[3:66].flip(0).unbind(1)
    pairs = distance.pair_distances(query, gallery, rows, columns)
    assert torch.equal(pairs, distance(query, gallery)[rows, columns])
    torch.testing.assert_close(
        BaseDistance.pair_distances(distance, query, gallery, rows, columns), pairs, rtol=0, atol=0
    )


@pytest.mark.parametrize(('storage', 'rounding'), [('float32', 0.0), ('float16', 2.0**-11), ('bfloat16', 2.0**-8)])
def test_half_precision_moves_logits_within_the_documented_bound(storage, rounding):
    distance = ContrastiveCorrelationDistance(storage=storage)
    assert distance.storage == dict.fromkeys(['contrast_values', 'contrast_weights'], getattr(torch, storage))
    images = folded(random_maps(20))
    stored = {name: values.to(distance.storage.get(name)) for name, values in images.items()}
    # The distance of equal logits is softplus of the logit, whose slope is at most 1.
    moved = (distance(stored, stored) - ContrastiveCorrelationDistance()(images, images)).abs()
    values, weights = (images[name].flatten(1).double().abs() for name in ('contrast_values', 'contrast_weights'))
    terms = values[:, None] + values
    bound = torch.maximum((terms * weights[:, None]).sum(2), (terms * weights).sum(2))
    assert (moved <= 2.1 * rounding * bound).all()
    assert storage == 'float32' or moved.max() > 0.02 * rounding * bound.mean()


def test_error_names_the_bad_input():
    with pytest.raises(ValueError, match="must be one of 'float32', 'float16', 'bfloat16', got 'int8'"):
        ContrastiveCorrelationDistance(storage='int8')
    distance, images = ContrastiveCorrelationDistance(), folded(random_maps(3))
    with pytest.raises(
        ValueError, match=r"'contrast_values' and 'contrast_weights' must have one shape, got \(3, 6, 5, 4\) and"
    ):
        distance(images, images | dict(contrast_weights=images['contrast_values'][:, :2]))
    with pytest.raises(ValueError, match="'contrast_bias' has 2 numbers for 3 images"):
        distance(images | dict(contrast_bias=images['contrast_bias'][:2]), images)
    wider = {name: values[:, :4] if values.ndim > 1 else values for name, values in images.items()}
    with pytest.raises(ValueError, match=r'shape \(6, 5, 4\) for query images and \(4, 5, 4\) for gallery images'):
        distance.pair_distances(images, wider, torch.tensor([0]), torch.tensor([1]))


def test_no_images():
    distance, images, nothing = ContrastiveCorrelationDistance(), folded(random_maps(3)), folded(random_maps(0))
    assert distance(images, nothing).shape == (3, 0)
    assert distance(nothing, images).shape == (0, 3)


def test_arguments_are_not_changed():
    images = {name: values.requires_grad_() for name, values in folded(random_maps(3)).items()}
    copies = {name: values.detach().clone() for name, values in images.items()}
    assert not ContrastiveCorrelationDistance()(images, images).requires_grad
    assert all(torch.equal(values, copies[name]) for name, values in images.items())


def test_one_warning_without_numba(monkeypatch):
    query, gallery = folded(random_maps(5)), folded(random_maps(7, seed=1))
    expected = ContrastiveCorrelationDistance()(query, gallery)
    monkeypatch.setitem(sys.modules, 'numba', None)
    monkeypatch.delitem(sys.modules, f'{distances.__name__}.contrastive_loops')
    monkeypatch.delattr(distances, 'contrastive_loops')
    caches = compiled_loops, contrastive_correlation._warn_if_slow
    try:
        for cached in caches:
            cached.cache_clear()
        with pytest.warns(UserWarning, match='10 times slower.*numba is missing.*pip install numba') as warnings:
            for distance in (ContrastiveCorrelationDistance(), ContrastiveCorrelationDistance()):
                torch.testing.assert_close(distance(query, gallery), expected, rtol=1e-6, atol=0)
        assert len(warnings) == 1
        assert warnings[0].filename == __file__  # the warning points at the caller
    finally:
        for cached in caches:
            cached.cache_clear()


@pytest.mark.parametrize(
    ('progress', 'patience', 'is_main', 'is_shown'),
    [(True, 0, True, True), (True, 10, True, False), (False, 0, True, False), (True, 0, False, False)],
)
def test_progress_bar(monkeypatch, capsys, progress, patience, is_main, is_shown):
    monkeypatch.setattr(contrastive_correlation, '_PATIENCE', patience)
    monkeypatch.setattr(progress_module, 'is_main_process', lambda: is_main)
    ContrastiveCorrelationDistance(progress=progress)(folded(random_maps(5)), folded(random_maps(7)))
    shown = capsys.readouterr().err
    assert ('35.0/35.0' in shown) == is_shown
    assert bool(shown) == is_shown


def test_evaluation_ranks_like_the_literal_form(image_set, small_counts):
    images = image_set(small_counts)
    maps = random_maps(len(images)) + random_maps(12, seed=2)[images.pids]
    protocol = SYSUMM01Protocol(num_trials=1)
    result = evaluate(images, folded(maps), protocol, ContrastiveCorrelationDistance(), breakdown=False)
    assert result['distance'] == 'contrastive-correlation'
    expected = evaluate(images, {'contrast_values': maps}, protocol, LiteralDifference(), breakdown=False)
    assert result['settings'] == expected['settings']
    assert all(25 < setting['mAP'] < 99 for setting in result['settings'].values())


def test_re_ranking_computes_the_distances_it_needs():
    """Several threads compute tiles of any size. The result equals one from a matrix of all distances."""
    query, gallery = folded(random_maps(9)), folded(random_maps(20, seed=1))

    class Recorded(BaseDistance):
        name, descriptors = 'recorded', ('number',)

        def __call__(self, first, second):
            return everything[first['number']][:, second['number']]

    both = {name: torch.cat([query[name], gallery[name]]) for name in query}
    everything = ContrastiveCorrelationDistance()(both, both)
    places = [np.arange(20), np.arange(0, 20, 3)]
    reranking = KReciprocalReranking(k1=6, k2=3)
    found = reranking(ContrastiveCorrelationDistance(), query, gallery, places)
    numbers = torch.arange(29)
    expected = reranking(Recorded(), {'number': numbers[:9]}, {'number': numbers[9:]}, places)
    for reranked, reference in zip(found, expected, strict=True):
        assert torch.equal(torch.as_tensor(reranked), torch.as_tensor(reference))
