import numpy as np
import pytest
import torch

from mmvireid.evaluation import EuclideanDistance, SYSUMM01Protocol, evaluate, scorer
from mmvireid.evaluation.distances import euclidean_distance
from mmvireid.evaluation.results import breakdown


@pytest.fixture
def images(image_set, small_counts):
    # Identity 11 is in no indoor camera: its queries have no match there.
    return image_set({cell: count for cell, count in small_counts.items() if cell not in {(1, 11), (2, 11)}})


@pytest.fixture
def features(images):
    return torch.randint(4, (len(images), 3), generator=torch.Generator().manual_seed(0)).float()


@pytest.fixture
def result(images, features):
    return evaluate(images, {'feature': features}, SYSUMM01Protocol(num_trials=3), EuclideanDistance())


def naive(images, features, naive_scores, setting, is_query, is_gallery=lambda image: True):
    """Average over trials and over the chosen valid queries, in a gallery of the chosen images."""
    protocol = SYSUMM01Protocol(num_trials=3)
    distances = euclidean_distance(features, features).numpy()
    everyone = np.arange(len(images))
    excluded = protocol.excluded(images, everyone, everyone)
    rows = []
    for trial in protocol.trials(images):
        if trial.setting != setting:
            continue
        gallery = [image for image in trial.gallery_indices if is_gallery(image)]
        for query in filter(is_query, trial.query_indices):
            scores = naive_scores(distances[query], images.pids[query], images.pids, gallery, excluded[query])
            if scores[0]:
                rows.append((scores[0] == 1, *scores[1:]))
    return 100 * np.mean(rows, axis=0) if rows else None


def scores_of_row(row):
    return [row['R1'], row['mAP'], row['mINP']]


def test_cameras(images, features, result, naive_scores):
    cams = images.cam_ids
    for setting in ('all-search/single-shot', 'indoor-search/multi-shot'):
        parts = result['settings'][setting]['breakdown']
        assert [row['query_camera'] for row in parts['query_cameras']] == [3, 6]
        for row in parts['query_cameras']:
            camera = row['query_camera']
            expected = naive(images, features, naive_scores, setting, lambda q, camera=camera: cams[q] == camera)
            np.testing.assert_allclose(scores_of_row(row), expected, atol=1e-9)
        gallery_cameras = (1, 2, 4, 5) if 'all' in setting else (1, 2)
        pairs = [(q, g) for q in (3, 6) for g in gallery_cameras if (q, g) != (3, 2)]  # (3, 2) is excluded
        assert [(row['query_camera'], row['gallery_camera']) for row in parts['camera_pairs']] == pairs
        for row, (query_camera, gallery_camera) in zip(parts['camera_pairs'], pairs, strict=True):
            expected = naive(
                images,
                features,
                naive_scores,
                setting,
                lambda q, camera=query_camera: cams[q] == camera,
                lambda g, camera=gallery_camera: cams[g] == camera,
            )
            np.testing.assert_allclose(scores_of_row(row), expected, atol=1e-9)


def test_hardest_identities(images, features, result, naive_scores):
    setting = 'indoor-search/single-shot'
    rows = result['settings'][setting]['breakdown']['hardest_identities']
    assert [row['pid'] for row in rows] != [] and 11 not in [row['pid'] for row in rows]
    assert [row['mAP'] for row in rows] == sorted(row['mAP'] for row in rows)
    for row in rows:
        expected = naive(images, features, naive_scores, setting, lambda q, pid=row['pid']: images.pids[q] == pid)
        np.testing.assert_allclose(scores_of_row(row), expected, atol=1e-9)


def test_histogram_counts_the_pairs_that_are_not_excluded(images, features, result):
    setting = 'all-search/multi-shot'
    found = result['settings'][setting]['breakdown']['distances']
    protocol = SYSUMM01Protocol(num_trials=3)
    trials = [trial for trial in protocol.trials(images) if trial.setting == setting]
    gallery = np.unique(np.concatenate([trial.gallery_indices for trial in trials]))
    queries = trials[0].query_indices
    met = ~protocol.excluded(images, queries, gallery)
    same = images.pids[queries][:, None] == images.pids[gallery]
    distances = euclidean_distance(features[queries], features[gallery]).numpy()
    assert sum(found['positives']) == (met & same).sum()
    assert sum(found['negatives']) == (met & ~same).sum()
    np.testing.assert_allclose(found['positive_mean'], distances[met & same].mean())
    np.testing.assert_allclose(found['negative_std'], distances[met & ~same].std())
    assert (found['edges'][0], found['edges'][-1]) == (distances[met].min(), distances[met].max())
    assert (len(found['edges']), found['num_query']) == (101, len(queries))


def test_a_large_histogram_reads_some_queries(images, features, monkeypatch):
    monkeypatch.setattr(breakdown, 'MAX_HISTOGRAM_PAIRS', 500)
    result = evaluate(images, {'feature': features}, SYSUMM01Protocol(num_trials=1), EuclideanDistance())
    distances = result['settings']['all-search/multi-shot']['breakdown']['distances']
    assert 1 <= distances['num_query'] < (images.modalities == 1).sum()
    assert sum(distances['positives']) + sum(distances['negatives']) <= 500


def test_streaming_changes_nothing(images, features, result, monkeypatch):
    monkeypatch.setattr(scorer, 'MAX_DENSE_PAIRS', 0)
    assert evaluate(images, {'feature': features}, SYSUMM01Protocol(num_trials=3), EuclideanDistance()) == result
