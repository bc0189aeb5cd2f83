import json
import logging
import weakref

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger

from mmvireid.evaluation import (
    BaseDistance,
    CosineDistance,
    ImageSet,
    SYSUMM01Protocol,
    evaluate,
    load_features,
    load_result,
)
from mmvireid.registry import DISTANCES, EVALUATOR, METRICS
from mmvireid.structures import ReIDDataSample

SEVERAL = dict(simplified=dict(type='CosineDistance'), full=dict(type='DepthDistance'))
CONFIG = dict(type='CrossModalityReIDMetric', protocol=dict(type='SYSUMM01Protocol', num_trials=2))


class DepthDistance(BaseDistance):
    """Compare one number per image, stored in a type of its own."""

    name, descriptors = 'depth', ('depth',)

    def __init__(self, storage: torch.dtype = torch.float32) -> None:
        self.storage = dict(depth=storage)

    def __call__(self, query, gallery):
        return (query['depth'][:, None].double() - gallery['depth'].double()).abs()


@pytest.fixture(autouse=True)
def _depth_distance():
    DISTANCES.register_module(module=DepthDistance)
    yield
    del DISTANCES.module_dict['DepthDistance']


def make_samples(images: ImageSet, features: torch.Tensor, depths: torch.Tensor | None = None) -> list[ReIDDataSample]:
    samples = []
    for index in range(len(images)):
        sample = ReIDDataSample(
            metainfo=dict(
                pid=int(images.pids[index]),
                cam_id=int(images.cam_ids[index]),
                modality=int(images.modalities[index]),
                img_path=str(images.paths[index]),
                feature_name='fused',
                flip=True,
            )
        )
        sample.feature = features[index]
        if depths is not None:
            sample.depth = depths[index]
        samples.append(sample)
    return samples


@pytest.fixture
def images(image_set, small_counts):
    return image_set(small_counts)


@pytest.fixture
def features(images):
    return torch.randn(len(images), 8, generator=torch.Generator().manual_seed(0))


def test_through_mmengine_evaluator(images, features, tmp_path, caplog):
    out_file = tmp_path / 'deep' / 'result.json'
    evaluator = Evaluator(METRICS.build(dict(CONFIG, out_file=str(out_file))))
    samples = make_samples(images, features)
    for start in range(0, len(samples), 16):
        evaluator.process(data_samples=samples[start : start + 16])
    with caplog.at_level(logging.INFO):
        metrics = evaluator.evaluate(len(samples))

    protocol = SYSUMM01Protocol(num_trials=2)
    expected = evaluate(images, {'feature': features}, protocol, CosineDistance(), feature='fused', flip=True)
    assert json.loads(out_file.read_text()) == expected
    for setting, scores in expected['settings'].items():
        for name in ('R1', 'R5', 'R10', 'R20', 'mAP', 'mINP'):
            assert metrics[f'{setting}/{name}'] == scores[name]
            assert metrics[f'{setting}/{name}_std'] == scores[f'{name}_std']
    assert len(metrics) == 4 * 12
    assert evaluator.metrics[0].results == []


def test_order_of_the_records_changes_nothing(images, features):
    metric = METRICS.build(CONFIG)
    metric.process({}, [sample.to_dict() for sample in make_samples(images, features)])
    records = list(metric.results)
    order = np.random.default_rng(0).permutation(len(records))
    # The metric reads its argument only, and moves the descriptors out of it.
    metric.results.clear()
    shuffled = metric.compute_metrics([dict(records[index]) for index in order])
    assert metric.compute_metrics(records) == shuffled
    assert not any('feature' in record for record in records)


def test_a_record_owns_its_float32_descriptors(images, features):
    metric = METRICS.build(CONFIG)
    batch = features[:4].bfloat16().requires_grad_()
    metric.process({}, [sample.to_dict() for sample in make_samples(images.take(range(4)), batch)])
    record = metric.results[2]
    assert record['feature'].dtype == torch.float32
    assert not record['feature'].requires_grad
    assert record['feature'].untyped_storage().nbytes() == 4 * features.shape[1]
    torch.testing.assert_close(record['feature'], batch[2].float().detach())


def test_prefix_and_distance(images, features):
    metric = METRICS.build(dict(CONFIG, prefix='test', distance=dict(type='EuclideanDistance')))
    evaluator = Evaluator(metric)
    evaluator.process(data_samples=make_samples(images, features))
    assert 'test/indoor-search/multi-shot/mINP' in evaluator.evaluate(len(images))
    assert [distance.name for distance in metric.distances.values()] == ['euclidean']


def test_bad_samples_are_refused(images, features):
    metric = METRICS.build(CONFIG)
    samples = [sample.to_dict() for sample in make_samples(images, features)]
    without = {name: value for name, value in samples[0].items() if name != 'feature'}
    with pytest.raises(KeyError, match="0001.jpg' lacks \\['feature'\\]"):
        metric.process({}, [without])
    with pytest.raises(ValueError, match='No image was tested'):
        metric.compute_metrics([])

    metric.process({}, samples)
    records = metric.results
    assert len(records) == len(images)
    with pytest.raises(ValueError, match='occurs 2 times'):
        metric.compute_metrics([*records, records[0]])
    with pytest.raises(ValueError, match='different values of feature_name'):
        metric.compute_metrics([dict(records[0], feature_name='global'), *records[1:]])
    with pytest.raises(ValueError, match='different values of flip'):
        metric.compute_metrics([dict(records[0], flip=False), *records[1:]])
    with pytest.raises(ValueError, match='different values of normalized'):
        metric.compute_metrics([dict(records[0], normalized=False), *records[1:]])
    with pytest.raises(ValueError, match=rf"{images.paths[5]}' has shape \(1,\), that of '{images.paths[0]}' \(8,\)"):
        metric.compute_metrics([*records[:5], dict(records[5], feature=torch.zeros(1)), *records[6:]])
    broken = dict(records[5], feature=torch.full_like(records[5]['feature'], torch.nan))
    with pytest.raises(ValueError, match=f"the first is '{images.paths[5]}'"):
        metric.compute_metrics([*records[:5], broken, *records[6:]])


@pytest.fixture
def depths(images):
    return torch.rand(len(images), generator=torch.Generator().manual_seed(1))


def test_several_distances_from_one_pass(images, features, depths, tmp_path, monkeypatch):
    tables = []
    monkeypatch.setattr(MMLogger, 'info', lambda _, text: tables.append(text))
    config = dict(
        CONFIG, distance=SEVERAL, out_file=str(tmp_path / 'x.json'), reranking=dict(type='KReciprocalReranking')
    )
    evaluator = Evaluator(METRICS.build(config))
    evaluator.process(data_samples=make_samples(images, features, depths))
    metrics = evaluator.evaluate(len(images))

    assert sorted(path.name for path in tmp_path.iterdir()) == ['x_full.json', 'x_simplified.json']
    for label, distance, expected_record in (
        ('simplified', CosineDistance(), dict(feature='fused', flip=True)),
        ('full', DepthDistance(), dict(feature='depth', flip=None)),
    ):
        result = load_result(tmp_path / f'x_{label}.json')
        expected = evaluate(
            images,
            {'feature': features, 'depth': depths},
            SYSUMM01Protocol(num_trials=2),
            distance,
            reranking=evaluator.metrics[0].reranking,
            feature='fused',
            flip=True,
        )
        assert result == expected
        assert {key: result[key] for key in expected_record} == expected_record
        for setting, scores in expected['settings'].items():
            assert metrics[f'{label}/{setting}/mAP'] == scores['mAP']
            assert metrics[f'{label}/{setting}/reranked/R1_std'] == scores['reranked']['R1_std']
    assert len(metrics) == 2 * 2 * 4 * 12
    (table,) = tables
    for row in ('simplified, raw', 'full, raw', 'full, k-reciprocal'):
        assert table.count(row) == 4
    assert 'distance depth, feature depth, flip not stated' in table


def test_a_descriptor_is_kept_in_the_widest_type(images, features, depths):
    half, brain, single = (
        dict(type='DepthDistance', storage=dtype) for dtype in (torch.float16, torch.bfloat16, torch.float32)
    )
    for distances, kept in (
        (half, torch.float16),
        (dict(a=half, b=half), torch.float16),
        (dict(a=half, b=brain), torch.float32),
        (dict(a=brain, b=single), torch.float32),
    ):
        metric = METRICS.build(dict(CONFIG, distance=distances))
        metric.process({}, [sample.to_dict() for sample in make_samples(images, features, depths)])
        record = metric.results[3]
        assert record['depth'].dtype == kept and 'feature' not in record
        assert record['depth'] == depths[3].to(kept)
        assert record['depth'].untyped_storage().nbytes() == kept.itemsize
        _, descriptors, _ = metric.gather(metric.results)
        assert descriptors['depth'].shape == (len(images),) and descriptors['depth'].dtype == kept


def test_records_hold_no_tensors_during_scoring(images, features, depths, monkeypatch):
    evaluator = Evaluator(METRICS.build(dict(CONFIG, distance=dict(type='DepthDistance'))))
    evaluator.process(data_samples=make_samples(images, features, depths))
    kept = [weakref.ref(record['depth']) for record in evaluator.metrics[0].results]
    alive = []
    compare = DepthDistance.__call__

    def count(distance, query, gallery):
        alive.append(sum(tensor() is not None for tensor in kept))
        return compare(distance, query, gallery)

    monkeypatch.setattr(DepthDistance, '__call__', count)
    evaluator.evaluate(len(images))
    assert alive and set(alive) == {0}


def test_the_error_names_who_compares_a_missing_descriptor(images, features):
    samples = [sample.to_dict() for sample in make_samples(images, features)]
    metric = METRICS.build(dict(CONFIG, distance=SEVERAL))
    with pytest.raises(KeyError, match=r"lacks \['depth'\].* 'depth' compares \['depth'\]: test a model with a head"):
        metric.process({}, samples)
    reranking = dict(type='TopKReranking', distance=dict(type='DepthDistance'))
    with pytest.raises(KeyError, match=r"'top-k' compares \['depth'\].* remove 'top-k' from test_evaluator"):
        METRICS.build(dict(CONFIG, reranking=reranking)).process({}, samples)


def test_numbers_too_large_for_half_precision_are_refused(images, features, depths):
    metric = METRICS.build(dict(CONFIG, distance=dict(type='DepthDistance', storage=torch.float16)))
    depths[5] = 1e5
    metric.process({}, [sample.to_dict() for sample in make_samples(images, features, depths)])
    with pytest.raises(
        ValueError, match="'depth' of 1 images .* above 65,504 become infinite. Set the option storage of 'depth'"
    ):
        metric.compute_metrics(metric.results)


@pytest.mark.parametrize('normalized', [True, False, None])
def test_samples_say_whether_the_feature_is_normalized(images, features, tmp_path, normalized):
    """Treat a sample without the field as normalized."""
    samples = make_samples(images, features)
    for sample in samples if normalized is not None else ():
        sample.set_metainfo(dict(normalized=normalized))
    metric = METRICS.build(dict(CONFIG, out_file=str(tmp_path / 'x.json')))
    metric.process({}, [sample.to_dict() for sample in samples])
    metric.compute_metrics(metric.results)
    assert load_result(tmp_path / 'x.json')['normalized'] is (normalized is not False)


def test_a_full_disk_loses_nothing_else(images, features, tmp_path, monkeypatch):
    """The table is printed, the features are written, and the error names the result file."""
    writer = dict(type='FeatureWriter', out_file=str(tmp_path / 'features.npz'), data_root='/data')
    metrics = [dict(CONFIG, out_file='/dev/full'), writer]
    evaluator = EVALUATOR.build(dict(type='EveryMetricEvaluator', metrics=metrics))
    samples = make_samples(images, features)
    evaluator.process(data_samples=samples)
    tables = []
    monkeypatch.setattr(MMLogger, 'info', lambda _, text: tables.append(text))
    with pytest.raises(OSError, match="^Could not write '/dev/full': No space left on device. Free some space"):
        evaluator.evaluate(len(samples))
    assert 'all-search/single-shot' in tables[0]
    assert len(load_features(tmp_path / 'features.npz').images) == len(images)


def test_the_place_of_the_files_is_checked_before_the_test(tmp_path):
    (tmp_path / 'file').touch()
    place = str(tmp_path / 'file' / 'x.json')
    for config in (dict(CONFIG, out_file=place), dict(type='FeatureWriter', out_file=place)):
        with pytest.raises(NotADirectoryError, match=f"Could not write '{place}': a part of its folder is a file"):
            METRICS.build(config)
    (tmp_path / 'y_full.json').mkdir()
    with pytest.raises(IsADirectoryError, match="y_full.json': it is a folder"):
        METRICS.build(dict(CONFIG, distance=SEVERAL, out_file=str(tmp_path / 'y.json')))
