import pickle

import pytest
import torch

from mmvireid.datasets import SeededIndex
from mmvireid.structures import Modality, ReIDDataSample, ReIDFeatures, ReIDTargets


def sample(label: int, modality: Modality, cam_id: int) -> ReIDDataSample:
    return ReIDDataSample(gt_label=label, metainfo=dict(modality=int(modality), cam_id=cam_id))


def test_targets_collect_annotations_in_order():
    targets = ReIDTargets.from_data_samples([sample(4, Modality.INFRARED, 3), sample(0, Modality.VISIBLE, 1)])

    assert targets.labels.tolist() == [4, 0]
    assert targets.modalities.tolist() == [1, 0]
    assert targets.cam_ids.tolist() == [3, 1]
    assert targets.of(Modality.VISIBLE).tolist() == [False, True]
    assert targets.select(targets.of(Modality.INFRARED)).labels.tolist() == [4]
    assert len(targets) == 2


def test_targets_of_an_empty_batch():
    assert len(ReIDTargets.from_data_samples([])) == 0


def test_features_are_asked_for_by_name():
    features = ReIDFeatures(pooled=torch.ones(3, 2), bn=torch.zeros(3, 5))

    assert set(features) == {'pooled', 'bn'}
    assert features['bn'].shape == (3, 5)
    with pytest.raises(KeyError, match=r"No feature 'fused'.*\['bn', 'pooled'\]"):
        features['fused']


def test_features_must_agree_in_batch_size():
    with pytest.raises(ValueError, match="'a': 2, 'b': 3"):
        ReIDFeatures(a=torch.ones(2, 1), b=torch.ones(3, 1))


def test_seeded_index_is_an_integer_that_travels_to_a_worker():
    index = pickle.loads(pickle.dumps(SeededIndex(7, seed=11)))

    assert [10, 20, 30, 40, 50, 60, 70, 80][index] == 80
    assert index == 7 and index.seed == 11
