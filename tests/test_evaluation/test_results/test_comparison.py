import copy

import numpy as np
import pytest
import torch

from mmvireid.evaluation import CosineDistance, SYSUMM01Protocol, compare_results, evaluate


@pytest.fixture
def images(image_set):
    return image_set({(cam_id, pid): 6 for cam_id in range(1, 7) for pid in range(1, 9)})


def make_result(images, noise: float, **options):
    generator = torch.Generator().manual_seed(0)
    centers = torch.randn(9, 16, generator=generator)
    features = centers[torch.from_numpy(images.pids)] + noise * torch.randn(len(images), 16, generator=generator)
    return evaluate(images, {'feature': features}, SYSUMM01Protocol(num_trials=2, **options), CosineDistance())


def test_difference_and_its_interval(images):
    good, bad = make_result(images, 1.0), make_result(images, 2.0)
    compared = compare_results(bad, good, num_resamples=500)
    assert list(compared) == list(good['settings'])
    for setting, scores in compared.items():
        for name, row in scores.items():
            first, second = bad['settings'][setting][name], good['settings'][setting][name]
            np.testing.assert_allclose([row['first'], row['second']], [first, second])
            np.testing.assert_allclose(row['difference'], second - first, atol=1e-9)
            assert row['low'] < row['difference'] < row['high']
    assert compared['all-search/single-shot']['mAP']['low'] > 0
    assert compare_results(bad, good, num_resamples=500) == compared
    mirrored = compare_results(good, bad, num_resamples=500)['all-search/single-shot']['mAP']
    np.testing.assert_allclose(mirrored['low'], -compared['all-search/single-shot']['mAP']['high'])


def test_interval_is_close_to_the_normal_interval(images):
    """Check that the percentile interval is close to the normal interval, which holds for many queries."""
    good, bad = make_result(images, 1.0), make_result(images, 2.0)
    ap = [np.array(result['settings']['all-search/single-shot']['queries']['AP']) for result in (bad, good)]
    differences = ap[1] - ap[0]
    half = 1.96 * differences.std() / np.sqrt(len(differences))
    row = compare_results(bad, good, num_resamples=4000)['all-search/single-shot']['mAP']
    np.testing.assert_allclose(row['high'] - row['low'], 2 * half, rtol=0.1)


def test_a_result_does_not_differ_from_itself(images):
    result = make_result(images, 1.0)
    for scores in compare_results(result, result, num_resamples=10).values():
        assert {(row['difference'], row['low'], row['high']) for row in scores.values()} == {(0, 0, 0)}


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda r: r.update(protocol='RegDB'), r'different protocols.*protocol \(SYSU-MM01 and RegDB\)'),
        (lambda r: r.update(galleries='official'), 'galleries'),
        (lambda r: r['options'].update(query_cams=[3]), 'options'),
        (lambda r: r['settings'].pop('all-search/multi-shot'), 'settings'),
        (
            lambda r: r['settings']['all-search/multi-shot']['queries']['paths'].append('x'),
            "different queries.*'x'",
        ),
        (lambda r: r['settings']['all-search/multi-shot'].pop('queries'), 'average over splits'),
        (
            lambda r: r['settings']['all-search/multi-shot']['trials'][1].update(num_gallery=7),
            'galleries: num_gallery',
        ),
        (
            lambda r: r['settings']['all-search/multi-shot']['trials'][1].update(gallery_digest='x'),
            'galleries: gallery_digest',
        ),
    ],
)
def test_results_of_other_protocols_and_data_are_refused(images, change, message):
    result = make_result(images, 1.0)
    other = copy.deepcopy(result)
    change(other)
    with pytest.raises(ValueError, match=message):
        compare_results(result, other, num_resamples=10)


def test_invalid_options_are_refused(images):
    result = make_result(images, 1.0)
    with pytest.raises(ValueError, match='num_resamples=0'):
        compare_results(result, result, num_resamples=0)
    with pytest.raises(ValueError, match='confidence=95'):
        compare_results(result, result, confidence=95)
