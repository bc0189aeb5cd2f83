import json
import logging

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator

from mmvireid.evaluation import CosineDistance, ImageSet, SYSUMM01Protocol, evaluate
from mmvireid.registry import METRICS
from mmvireid.structures import ReIDDataSample

CONFIG = dict(type='CrossModalityReIDMetric', protocol=dict(type='SYSUMM01Protocol', num_trials=2))


def make_samples(images: ImageSet, features: torch.Tensor) -> list[ReIDDataSample]:
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


def test_arrival_order_does_not_matter(images, features):
    metric = METRICS.build(CONFIG)
    metric.process({}, [sample.to_dict() for sample in make_samples(images, features)])
    records = list(metric.results)
    order = np.random.default_rng(0).permutation(len(records))
    # Only the argument is read.
    metric.results.clear()
    assert metric.compute_metrics([records[index] for index in order]) == metric.compute_metrics(records)


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
    assert metric.distance.name == 'euclidean'


def test_bad_samples_are_named(images, features):
    metric = METRICS.build(CONFIG)
    samples = [sample.to_dict() for sample in make_samples(images, features)]
    without = {name: value for name, value in samples[0].items() if name != 'feature'}
    with pytest.raises(KeyError, match="0001.jpg' lacks \\['feature'\\]"):
        metric.process({}, [without])
    with pytest.raises(ValueError, match='No image was tested'):
        metric.compute_metrics([])

    metric.process({}, samples)
    records = metric.results
    with pytest.raises(ValueError, match='occurs 2 times'):
        metric.compute_metrics([*records, records[0]])
    with pytest.raises(ValueError, match='different values of feature_name'):
        metric.compute_metrics([dict(records[0], feature_name='global'), *records[1:]])
    with pytest.raises(ValueError, match='different values of flip'):
        metric.compute_metrics([dict(records[0], flip=False), *records[1:]])
    broken = dict(records[5], feature=torch.full_like(records[5]['feature'], torch.nan))
    with pytest.raises(ValueError, match=f"the first is '{images.paths[5]}'"):
        metric.compute_metrics([*records[:5], broken, *records[6:]])
