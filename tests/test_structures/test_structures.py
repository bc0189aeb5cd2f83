"""Check targets, features and indices of images."""

import pickle
from unittest import mock

import pytest
import torch

from mmvireid.datasets import SeededIndex
from mmvireid.structures import Modality, ReIDDataSample, ReIDFeatures, ReIDTargets, TupleRole


def sample(label: int, modality: Modality, cam_id: int, **drawn_as: int) -> ReIDDataSample:
    return ReIDDataSample(gt_label=label, metainfo=dict(modality=int(modality), cam_id=cam_id, **drawn_as))


def test_targets_collect_annotations_in_order():
    targets = ReIDTargets.from_data_samples([sample(4, Modality.INFRARED, 3), sample(0, Modality.VISIBLE, 1)])

    assert targets.labels.tolist() == [4, 0]
    assert targets.modalities.tolist() == [1, 0]
    assert targets.cam_ids.tolist() == [3, 1]
    assert targets.in_modality(Modality.VISIBLE).tolist() == [False, True]
    assert targets.select(targets.in_modality(Modality.INFRARED)).labels.tolist() == [4]
    assert len(targets) == 2


def test_targets_of_an_empty_batch():
    empty = ReIDTargets.from_data_samples([])
    assert len(empty) == len(empty.gathered()) == 0


def test_images_without_a_tuple():
    from_samples = ReIDTargets.from_data_samples([sample(4, Modality.INFRARED, 3), sample(0, Modality.VISIBLE, 1)])
    from_tensors = ReIDTargets(*torch.zeros(3, 2, dtype=torch.int64))

    for targets in (from_samples, from_tensors, from_samples.gathered(), from_samples.select(torch.tensor([0, 1]))):
        assert targets.tuple_ids.tolist() == targets.roles.tolist() == [-1, -1]
        assert targets.tuple_ids.dtype == targets.roles.dtype == torch.int64
        for modality, kind in ((Modality.VISIBLE, 'visible '), (None, '')):
            message = f'No {kind}image .* is the anchor of a tuple: use a sampler that draws tuples'
            with pytest.raises(ValueError, match=message):
                targets.in_role(TupleRole.ANCHOR, modality)


def tuples(*rows: tuple[int, int, int]) -> ReIDTargets:
    """Return targets with the given modalities, tuple numbers and roles. The i-th label is i."""
    modalities, tuple_ids, roles = torch.tensor(rows).unbind(1)
    return ReIDTargets(torch.arange(len(rows)), modalities, modalities + 1, tuple_ids, roles)


def test_targets_collect_tuples_and_roles():
    drawn = ReIDTargets.from_data_samples(
        [
            sample(4, Modality.INFRARED, 3, tuple_id=2, role=TupleRole.NEGATIVE),
            sample(0, Modality.VISIBLE, 1),
            sample(5, Modality.VISIBLE, 1, tuple_id=0, role=int(TupleRole.ANCHOR)),
        ]
    )

    assert drawn.tuple_ids.tolist() == [2, -1, 0]
    assert drawn.roles.tolist() == [2, -1, 0]
    selected = drawn.select(torch.tensor([2, 0]))
    assert (selected.labels.tolist(), selected.tuple_ids.tolist(), selected.roles.tolist()) == ([5, 4], [0, 2], [0, 2])
    assert drawn.select(drawn.roles >= 0).tuple_ids.tolist() == [2, 0]


def test_images_in_a_role_are_sorted_by_tuple():
    targets = tuples((0, 2, 0), (1, 1, 0), (0, 0, 0), (0, 0, 1), (1, 2, 0), (0, 1, 0), (1, 0, 0), (0, -1, -1))

    assert targets.in_role(TupleRole.ANCHOR, Modality.VISIBLE).tolist() == [2, 5, 0]
    assert targets.in_role(TupleRole.ANCHOR, Modality.INFRARED).tolist() == [6, 1, 4]
    assert targets.in_role(TupleRole.POSITIVE, Modality.VISIBLE).tolist() == [3]
    assert targets.in_role(TupleRole.ANCHOR).tolist() == [2, 5, 0, 6, 1, 4]
    assert targets.in_role(TupleRole.POSITIVE).tolist() == [3]  # a modality without the role adds nothing
    with pytest.raises(ValueError, match='No infrared image of the batch is the positive of a tuple'):
        targets.in_role(TupleRole.POSITIVE, Modality.INFRARED)


def gathered(*ranks: ReIDTargets) -> list[ReIDTargets]:
    """Return the result of :meth:`ReIDTargets.gathered` on each rank."""
    rows = [torch.stack(list(vars(rank).values()), dim=1) for rank in ranks]

    def gather(mine: torch.Tensor) -> torch.Tensor:
        assert any(mine.equal(row) for row in rows)
        return torch.cat(rows)

    with mock.patch('mmvireid.structures.targets.gather_across_ranks', gather):
        return [mine.gathered() for mine in ranks]


def test_gathered_tuples_have_unique_numbers():
    # Each rank numbers its tuples from 0. The third rank has no tuples.
    ranks = [
        tuples((0, 1, 0), (1, 0, 0), (0, -1, -1), (1, 1, 0), (0, 0, 0)),
        tuples((1, 0, 0), (0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 2)),
        tuples(*5 * [(1, -1, -1)]),
    ]
    for whole in gathered(*ranks):
        assert whole.labels.tolist() == 3 * [0, 1, 2, 3, 4]
        assert whole.modalities.tolist() == [0, 1, 0, 1, 0] + [1, 0, 0, 1, 1] + 5 * [1]
        assert whole.cam_ids.tolist() == (whole.modalities + 1).tolist()
        assert whole.tuple_ids.tolist() == [1, 0, -1, 1, 0] + [2, 2, 3, 3, 2] + 5 * [-1]
        assert whole.roles.tolist() == [0, 0, -1, 0, 0] + [0, 0, 0, 0, 2] + 5 * [-1]
        assert whole.in_role(TupleRole.ANCHOR, Modality.VISIBLE).tolist() == [4, 0, 6, 7]
        assert whole.in_role(TupleRole.ANCHOR, Modality.INFRARED).tolist() == [1, 3, 5, 8]


def test_gathered_images_without_tuples_keep_none():
    for whole in gathered(tuples((0, -1, -1), (1, -1, -1)), tuples((1, -1, -1), (0, -1, -1))):
        assert whole.tuple_ids.tolist() == whole.roles.tolist() == 4 * [-1]


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
    assert index == 7 and index.seed == 11 and index.drawn_as == {}


@pytest.mark.parametrize('protocol', range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_tuple_and_role_travel_to_a_worker(protocol):
    index = pickle.loads(pickle.dumps(SeededIndex(7, 11, dict(tuple_id=3, role=1)), protocol))

    assert (index, index.seed, index.drawn_as) == (7, 11, dict(tuple_id=3, role=1))
    assert SeededIndex(7, 11).drawn_as == {}
