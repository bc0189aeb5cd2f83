import json

import numpy as np
import pytest
import torch

from mmvireid.evaluation import (
    BaseDistance,
    BaseProtocol,
    CosineDistance,
    EuclideanDistance,
    Setting,
    SYSUMM01Protocol,
    evaluate,
    result_table,
    scorer,
)
from mmvireid.evaluation.distances import euclidean_distance
from mmvireid.evaluation.protocols.base import INFRARED, VISIBLE


def few_valued_features(count: int, seed: int = 0) -> torch.Tensor:
    """Create integer features: many distances are equal, and no distance is rounded."""
    return torch.randint(3, (count, 2), generator=torch.Generator().manual_seed(seed)).float()


@pytest.mark.parametrize('galleries', ['official', 'seeded'])
@pytest.mark.parametrize('options', [{}, dict(exclude_same_place=False, cmc_unit='image', query_cams=[3])])
def test_scores_equal_a_naive_loop_over_queries(
    image_set, permutation_file, naive_scores, tmp_path, small_counts, galleries, options
):
    permutation_file(tmp_path / 'perm.mat', small_counts)
    protocol = SYSUMM01Protocol(galleries=galleries, perm_file=str(tmp_path / 'perm.mat'), num_trials=3, **options)
    images = image_set(small_counts)
    features = few_valued_features(len(images))
    result = evaluate(images, {'feature': features}, protocol, EuclideanDistance())

    # The images are sorted by path: an index is also a place in the gallery's order.
    distances = euclidean_distance(features, features).numpy()
    excluded = protocol.excluded(images, np.arange(len(images)), np.arange(len(images)))
    for trial in protocol.trials(images):
        scores = [
            naive_scores(
                distances[query],
                images.pids[query],
                images.pids,
                trial.gallery_indices,
                None if excluded is None else excluded[query],
                cmc_unit=protocol.cmc_unit,
            )
            for query in trial.query_indices
        ]
        first_match, ap, inp = (np.array(column) for column in zip(*scores, strict=True))
        valid = first_match > 0
        setting = result['settings'][trial.setting]
        found = setting['trials'][trial.number]
        assert found['num_valid_query'] == valid.sum()
        expected = {f'R{rank}': (first_match[valid] <= rank).mean() for rank in (1, 5, 10, 20)}
        expected.update(mAP=ap[valid].mean(), mINP=inp[valid].mean())
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], 100 * value, rtol=0, atol=1e-10)
    for setting in result['settings'].values():
        for name in ('R1', 'R5', 'R10', 'R20', 'mAP', 'mINP'):
            values = [trial[name] for trial in setting['trials']]
            np.testing.assert_allclose(setting[name], sum(values) / 3)
            np.testing.assert_allclose(setting[f'{name}_std'], np.std(values))
        np.testing.assert_allclose([setting['cmc'][rank - 1] for rank in (1, 20)], [setting['R1'], setting['R20']])
        assert len(setting['cmc']) == 50


def test_a_result_records_its_conditions(image_set, small_counts):
    images = image_set(small_counts)
    features = few_valued_features(len(images))
    record = dict(feature='fused', flip=True, normalized=False)
    result = evaluate(images, {'feature': features}, SYSUMM01Protocol(), CosineDistance(), **record)
    assert json.loads(json.dumps(result)) == result
    settings = result.pop('settings')
    assert list(settings) == list(SYSUMM01Protocol().settings)
    assert result.pop('options')['query_cams'] == [3, 6]
    expected = dict(protocol='SYSU-MM01', galleries='seeded', distance='cosine', **record)
    assert result == dict(expected, data={}, rerank=False)


def test_order_of_the_images_changes_nothing(image_set, small_counts):
    images = image_set(small_counts)
    features = few_valued_features(len(images))
    order = np.random.default_rng(1).permutation(len(images))
    arguments = SYSUMM01Protocol(), CosineDistance()
    shuffled = evaluate(images.take(order), {'feature': features[order]}, *arguments)
    assert shuffled == evaluate(images, {'feature': features}, *arguments)


def test_broken_descriptors_are_refused(image_set, small_counts):
    images = image_set(small_counts)
    features = few_valued_features(len(images))
    protocol, distance = SYSUMM01Protocol(), CosineDistance()
    with pytest.raises(ValueError, match="compares 'feature', but the images only have \\['other'\\]"):
        evaluate(images, {'other': features}, protocol, distance)
    with pytest.raises(ValueError, match=f'rows for {len(images)} images'):
        evaluate(images, {'feature': features[1:]}, protocol, distance)
    features[7, 1], features[9, 0] = torch.nan, torch.inf
    order = np.arange(len(images))[::-1]
    with pytest.raises(ValueError, match=f"2 images is NaN or infinite; the first is '{images.paths[7]}'"):
        evaluate(images.take(order), {'feature': features[order.copy()]}, protocol, distance)


def test_infinite_descriptors_of_any_shape_and_type_are_refused(image_set, small_counts):
    images = image_set(small_counts)
    others = few_valued_features(len(images))
    for dtype, shape, remark in (
        (torch.float16, (3, 2), 'above 65,504 become infinite'),
        (torch.float16, (), 'above 65,504 become infinite'),
        (torch.bfloat16, (), ''),
        (torch.float64, (2, 2, 2), ''),
    ):

        class Maps(EuclideanDistance):
            name, descriptors = 'maps', ('feature', 'map')

        maps = torch.ones(len(images), *shape, dtype=dtype)
        maps[11] = torch.inf
        with pytest.raises(ValueError, match=f"'map' of 1 images .* is '{images.paths[11]}'") as error:
            evaluate(images, {'feature': others, 'map': maps}, SYSUMM01Protocol(), Maps())
        assert remark in str(error.value) and bool(remark) == ('float16' in str(error.value))


def test_a_distance_without_the_feature_records_its_descriptors(image_set, small_counts):
    class Maps(EuclideanDistance):
        name, descriptors = 'maps', ('map', 'bias')

        def __call__(self, query, gallery):
            return super().__call__({'feature': query['map']}, {'feature': gallery['map']})

    images = image_set(small_counts)
    features = few_valued_features(len(images))
    descriptors = {'map': features, 'bias': features[:, 0], 'feature': features[:0]}
    for flip, recorded in ((True, None), (False, False), (None, None)):
        record = dict(feature='fused', flip=flip, normalized=False)
        result = evaluate(images, descriptors, SYSUMM01Protocol(), Maps(), breakdown=False, **record)
        assert (result['feature'], result['flip'], result['normalized']) == ('map+bias', recorded, True)
    descriptors['map'] = features.half()
    result = evaluate(images, descriptors, SYSUMM01Protocol(), Maps(), breakdown=False)
    assert result['feature'] == 'map+bias (float16)'


@pytest.mark.parametrize('max_bytes', [1, 100, 700])
def test_large_descriptors_are_compared_in_parts(image_set, small_counts, monkeypatch, max_bytes):
    class Shared(EuclideanDistance):
        def __call__(self, query, gallery):
            calls.append((query['feature'], gallery['feature']))
            return super().__call__(query, gallery)

    images = image_set(small_counts)
    features = few_valued_features(len(images))
    protocol = SYSUMM01Protocol(num_trials=3)
    expected = evaluate(images, {'feature': features}, protocol, EuclideanDistance())
    monkeypatch.setattr(scorer, 'MAX_COPIED_BYTES', max_bytes)
    calls = []
    assert evaluate(images, {'feature': features}, protocol, Shared()) == expected
    own = features.untyped_storage().data_ptr()
    copied = [sum(part.nbytes for part in call if part.untyped_storage().data_ptr() != own) for call in calls]
    assert len(calls) > 1 and max(copied) <= 2 * max(max_bytes, features[:1].nbytes)


def test_a_setting_without_any_match_is_refused(image_set):
    images = image_set({(3, 1): 2, (6, 1): 1, (1, 2): 3})
    features = few_valued_features(len(images))
    with pytest.raises(ValueError, match="setting 'all-search/single-shot', trial 0: none of 3 queries"):
        evaluate(images, {'feature': features}, SYSUMM01Protocol(), CosineDistance())


def test_each_set_of_queries_gets_one_distance_matrix(image_set):
    """Use a protocol with two directions and a distance on another descriptor."""

    class BothDirections(BaseProtocol):
        name, galleries = 'both', 'all'

        def __init__(self):
            super().__init__({'to-visible': Setting(INFRARED, VISIBLE), 'to-infrared': Setting(VISIBLE, INFRARED)})

    class Difference(BaseDistance):
        name, descriptors = 'difference', ('depth',)
        shapes = []

        def __call__(self, query, gallery):
            self.shapes.append((len(query['depth']), len(gallery['depth'])))
            return (query['depth'][:, None] - gallery['depth']).abs()

    images = image_set({(1, 1): 1, (1, 2): 1, (3, 1): 1, (3, 2): 2})
    distance = Difference()
    result = evaluate(
        images, {'depth': torch.tensor([0.0, 1.0, 0.1, 0.9, 0.2])}, BothDirections(), distance, breakdown=False
    )
    assert distance.shapes == [(3, 2), (2, 3)]
    np.testing.assert_allclose(result['settings']['to-visible']['R1'], 200 / 3)
    # Identity 1 finds its one image first; identity 2 finds its two at ranks 1 and 2.
    assert result['settings']['to-infrared']['mAP'] == 100


@pytest.mark.parametrize('max_pairs', [scorer.MAX_DENSE_PAIRS, 0])
@pytest.mark.parametrize(('value', 'tied'), [(0.0, 100.0), (1.0, 100.0), (None, 0.0)])
def test_a_collapsed_model_is_reported(image_set, small_counts, monkeypatch, value, tied, max_pairs):
    """With equal features the gallery's order decides every score, in the dense and in the streaming engine."""
    monkeypatch.setattr(scorer, 'MAX_DENSE_PAIRS', max_pairs)
    images = image_set(small_counts)
    features = torch.randn(len(images), 4, generator=torch.Generator().manual_seed(0))
    if value is not None:
        features.fill_(value)
    result = evaluate(images, {'feature': features}, SYSUMM01Protocol(num_trials=2), CosineDistance())
    assert {scores['tied_queries'] for scores in result['settings'].values()} == {tied}
    remark = f'all-search/single-shot: {tied:.1f} % of the queries have a match at exactly the distance of another'
    assert (remark in result_table({'x': result})) == (tied > 0)


def test_distances_that_differ_in_their_last_digit_have_a_histogram(image_set, small_counts):
    """Rounding cannot divide the range of these distances into bins."""

    class Nearly(CosineDistance):
        def __call__(self, query, gallery):
            distances = torch.ones(len(query['feature']), len(gallery['feature']), dtype=torch.float64)
            distances[:, ::2] = np.nextafter(1, 2)
            return distances

    images = image_set(small_counts)
    result = evaluate(images, {'feature': torch.ones(len(images), 2)}, SYSUMM01Protocol(num_trials=2), Nearly())
    for scores in result['settings'].values():
        histogram = scores['breakdown']['distances']
        assert sum(histogram['positives']) > 0 and histogram['edges'][0] < 1 < histogram['edges'][-1]
