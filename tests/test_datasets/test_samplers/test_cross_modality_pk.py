from collections import Counter
from unittest import mock

import pytest
from torch.utils.data import DataLoader

from mmvireid.datasets import CrossModalityPKSampler
from mmvireid.structures import Modality

MODULE = 'mmvireid.datasets.samplers.seeded_batch'


class Records:
    """List the (label, modality) of each image."""

    def __init__(self, images: list[tuple[int, int]]) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def get_data_info(self, index: int) -> dict:
        label, modality = self.images[index]
        return dict(gt_label=label, modality=modality, pid=100 + label)

    def __getitem__(self, index: int) -> int:
        return int(index)


def records(num_ids: int = 7, visible: int = 5, infrared: int = 3) -> Records:
    return Records([(i, m) for i in range(num_ids) for m, n in ((0, visible), (1, infrared)) for _ in range(n)])


def sampler(
    dataset=None, num_ids=3, num_instances=2, seed=0, rank=0, world_size=1, **options
) -> CrossModalityPKSampler:
    with mock.patch(f'{MODULE}.get_dist_info', return_value=(rank, world_size)):
        return CrossModalityPKSampler(dataset or records(), num_ids, num_instances, seed, **options)


def batches(sampler: CrossModalityPKSampler) -> list[list[int]]:
    indices = list(sampler)
    return [indices[i : i + sampler.batch_size] for i in range(0, len(indices), sampler.batch_size)]


def test_every_batch_has_p_identities_and_k_images_of_each_modality():
    dataset = records()
    for batch in batches(sampler(dataset)):
        counts = Counter(dataset.images[index] for index in batch)
        assert len({label for label, _ in counts}) == 3
        assert set(counts.values()) == {2} and len(counts) == 6
        assert len(set(batch)) == len(batch)  # there are enough images, so no image occurs twice


def test_exact_indices_of_a_tiny_epoch():
    # Two identities with one image in each modality: only the order of the identities is random.
    tiny = records(num_ids=2, visible=1, infrared=1)
    drawn = [sampler(tiny, num_ids=2, num_instances=1, seed=seed) for seed in range(4)]
    assert {tuple(map(int, batch)) for s in drawn for batch in batches(s)} == {(0, 2, 1, 3), (2, 0, 3, 1)}


@pytest.mark.parametrize(
    ('visible', 'infrared', 'num_ids', 'num_instances', 'expected'),
    [(22258, 11909, 8, 4, 696), (22258, 11909, 6, 8, 464), (2060, 2060, 8, 4, 65), (2060, 2060, 32, 1, 65)],
)
def test_epoch_length_of_the_papers(visible, infrared, num_ids, num_instances, expected):
    images = [(i % 206, 0) for i in range(visible)] + [(i % 206, 1) for i in range(infrared)]
    drawn = sampler(Records(images), num_ids, num_instances)
    assert drawn.num_batches == expected
    assert len(drawn) == expected * 2 * num_ids * num_instances


def test_an_identity_with_few_images_is_drawn_with_replacement():
    dataset = records(num_ids=3, visible=1, infrared=3)
    for batch in batches(sampler(dataset, num_instances=3)):
        counts = Counter(dataset.images[index] for index in batch)
        assert set(counts.values()) == {3}


def test_seed_and_epoch_determine_the_batches():
    def indices(seed, epoch):
        drawn = sampler(seed=seed)
        drawn.set_epoch(epoch)
        return [(int(index), index.seed) for index in drawn]

    assert indices(0, 1) == indices(0, 1)
    assert indices(0, 1) != indices(0, 2)
    assert indices(0, 1) != indices(5, 1)


@pytest.mark.parametrize('start', [0, 1, 3])
def test_start_from_skips_batches_once(start):
    drawn = sampler()
    whole = [(int(index), index.seed) for index in drawn]
    drawn.start_from(start)
    assert [(int(index), index.seed) for index in drawn] == whole[start * drawn.batch_size :]
    assert [(int(index), index.seed) for index in drawn] == whole


@pytest.mark.parametrize('world_size', [1, 2, 3])
def test_ranks_draw_distinct_identities_of_one_epoch(world_size):
    dataset = records(num_ids=9, visible=8, infrared=4)
    ranks = [sampler(dataset, 3, 2, rank=rank, world_size=world_size) for rank in range(world_size)]
    assert len({len(rank) for rank in ranks}) == 1
    assert ranks[0].num_batches == 72 // (3 * 2 * world_size) + 1
    seeds = set()
    for same_step in zip(*map(batches, ranks), strict=True):
        labels = [{dataset.images[index][0] for index in batch} for batch in same_step]
        assert all(len(rank_labels) == 3 for rank_labels in labels)
        assert len(set.union(*labels)) == 3 * world_size
        seeds.update(index.seed for batch in same_step for index in batch)
    assert len(seeds) == sum(len(rank) for rank in ranks)  # no two images share their augmentation


def test_the_data_loader_keeps_the_batches():
    dataset, drawn = records(), sampler()
    loader = DataLoader(dataset, batch_size=drawn.batch_size, sampler=drawn, num_workers=2)
    assert [batch.tolist() for batch in loader] == batches(sampler())


@pytest.mark.parametrize(('modality', 'name'), [(Modality.VISIBLE, 'visible'), (Modality.INFRARED, 'infrared')])
def test_an_error_names_an_identity_without_a_modality(modality, name):
    images = [(i, m) for i in range(4) for m in (0, 1) if (i, m) != (2, modality)]
    with pytest.raises(ValueError, match=rf'1 of 4 have no {name} image \(first pids: \[102\]\)'):
        sampler(Records(images))


def test_an_error_without_replacement_names_an_identity_with_too_few_images():
    images = [(i, m) for i in range(4) for m in (0, 1) for _ in range(1 + (i != 2 or m != 1))]
    assert len(sampler(Records(images), num_ids=2, num_instances=2)) > 0
    with pytest.raises(ValueError, match=r'1 of 4 have fewer than 2 infrared images \(first pids: \[102\]\)'):
        sampler(Records(images), num_ids=2, num_instances=2, replacement=False)


def test_p_must_not_exceed_the_number_of_identities():
    with pytest.raises(ValueError, match='num_ids=8 distinct identities.*has 7'):
        sampler(num_ids=8)
    with pytest.raises(ValueError, match=r'num_ids=4 .*2 rank\(s\).*has 7'):
        sampler(num_ids=4, world_size=2)
