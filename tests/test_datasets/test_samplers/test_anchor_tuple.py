"""The guarantees of AnchorTupleSampler, checked on every batch of an epoch."""

import itertools
import random
from collections import Counter, defaultdict
from unittest import mock

import pytest
from torch.utils.data import DataLoader

from mmvireid.datasets import SYSUMM01, AnchorTupleSampler, stack_collate
from mmvireid.structures import Modality, ReIDTargets, TupleRole

MODULES = 'mmvireid.datasets.samplers'
VISIBLE, INFRARED = Modality
ANCHOR, POSITIVE, NEGATIVE = TupleRole
PLACES = set(itertools.product(Modality, TupleRole))


class Records:
    """List the (label, modality) of each image. An item shows what its index carries."""

    def __init__(self, images: list[tuple[int, int]]) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def get_data_info(self, index: int) -> dict:
        label, modality = self.images[index]
        return dict(gt_label=label, modality=modality, pid=100 + label)

    def __getitem__(self, index: int) -> tuple[int, int, dict[str, int]]:
        return int(index), index.seed, index.drawn_as


def records(*counts: tuple[int, int], first_label: int = 0) -> Records:
    """Make a shuffled data set from the (visible, infrared) numbers of images of each identity."""
    images = [
        (label, modality)
        for label, numbers in enumerate(counts, first_label)
        for modality, count in zip(Modality, numbers, strict=True)
        for _ in range(count)
    ]
    random.Random(0).shuffle(images)
    return Records(images)


DATA_SETS = {
    'even': records(*5 * [(9, 4)]),
    'two identities': records((20, 2), (17, 11)),
    'two images of each': records(*21 * [(2, 2)], first_label=3),
    'one image in a modality': records((12, 5), (1, 7), (15, 2), (6, 1), (14, 3)),
    'identities that lack a modality': records((12, 5), (8, 0), (0, 9), (30, 2)),
    'one anchor identity': records((41, 2), (1, 1)),
}
NUM_TUPLES = (1, 3, 8)
every_data_set = pytest.mark.parametrize('name', DATA_SETS)


def sampler(dataset: Records, num_tuples: int = 3, seed: int | None = 0, rank: int = 0, world_size: int = 1):
    with mock.patch(f'{MODULES}.seeded_batch.get_dist_info', return_value=(rank, world_size)):
        return AnchorTupleSampler(dataset, num_tuples, seed)


def batches(drawn: AnchorTupleSampler) -> list[list[tuple[int, int, int, int]]]:
    """Return image, seed, tuple number and role of all images, batch by batch."""
    indices = [(int(index), index.seed, index.drawn_as['tuple_id'], index.drawn_as['role']) for index in drawn]
    assert len(indices) == len(drawn) == drawn.num_batches * drawn.batch_size
    return [indices[i : i + drawn.batch_size] for i in range(0, len(indices), drawn.batch_size)]


def group_tuples(dataset: Records, batch: list[tuple]) -> list[dict[tuple[Modality, TupleRole], int]]:
    """Return the image at each place of each tuple of a batch."""
    tuples = defaultdict(dict)
    for image, _, number, role in batch:
        place = Modality(dataset.images[image][1]), TupleRole(role)
        assert place not in tuples[number]
        tuples[number][place] = image
    assert sorted(tuples) == list(range(len(tuples)))
    return [tuples[number] for number in sorted(tuples)]


def possible_anchors(dataset: Records) -> list[int]:
    counts = Counter(dataset.images)
    return [
        image
        for image, (label, modality) in enumerate(dataset.images)
        if modality == VISIBLE and min(counts[label, VISIBLE], counts[label, INFRARED]) > 1
    ]


def check_tuple(dataset: Records, images: dict) -> None:
    assert set(images) == PLACES
    label = {place: dataset.images[image][0] for place, image in images.items()}
    identity = label[VISIBLE, ANCHOR]
    for modality in Modality:
        assert label[modality, ANCHOR] == label[modality, POSITIVE] == identity != label[modality, NEGATIVE]
        assert images[modality, POSITIVE] != images[modality, ANCHOR]


@pytest.mark.parametrize('seed', [0, 1, 2**31 - 1])
@pytest.mark.parametrize('world_size', [1, 2, 3, 4])
@pytest.mark.parametrize('num_tuples', NUM_TUPLES)
@every_data_set
def test_every_batch_of_an_epoch_is_valid(name, num_tuples, world_size, seed):
    dataset = DATA_SETS[name]
    expected = possible_anchors(dataset)
    ranks = [sampler(dataset, num_tuples, seed, rank, world_size) for rank in range(world_size)]
    anchors, seeds = [], []
    for drawn in ranks:
        assert drawn.batch_size == 6 * num_tuples
        assert drawn.num_batches == len(expected) // (num_tuples * world_size)
        for batch in batches(drawn):
            tuples = group_tuples(dataset, batch)
            assert len(tuples) == num_tuples
            for images in tuples:
                check_tuple(dataset, images)
                anchors.append(images[VISIBLE, ANCHOR])
            seeds += [image_seed for _, image_seed, _, _ in batch]
    # An anchor occurs at most once in an epoch. Only anchors that do not fill a batch on every rank are left out.
    assert set(anchors) <= set(expected) and max(Counter(anchors).values()) == 1
    assert 0 <= len(expected) - len(anchors) < num_tuples * world_size
    assert len(set(seeds)) == len(seeds)  # no two images share their augmentation


@pytest.mark.parametrize('world_size', [2, 3, 4])
@every_data_set
def test_all_ranks_together_draw_the_batches_of_one_process(name, world_size):
    dataset, num_tuples = DATA_SETS[name], 2
    ranks = [batches(sampler(dataset, num_tuples, rank=rank, world_size=world_size)) for rank in range(world_size)]
    together = [
        [
            (image, seed, rank * num_tuples + number, role)
            for rank, batch in enumerate(same_step)
            for image, seed, number, role in batch
        ]
        for same_step in zip(*ranks, strict=True)
    ]
    assert together == batches(sampler(dataset, num_tuples * world_size))


@every_data_set
def test_seed_and_epoch_determine_the_batches(name):
    def drawn(seed, epoch):
        seeded = sampler(DATA_SETS[name], seed=seed)
        seeded.set_epoch(epoch)
        return batches(seeded)

    assert drawn(0, 1) == drawn(0, 1)
    assert drawn(0, 1) != drawn(0, 2)
    assert drawn(0, 1) != drawn(5, 1)


def test_ranks_agree_on_a_seed_by_default():
    with mock.patch(f'{MODULES}.seeded_batch.sync_random_seed', return_value=7):
        assert batches(sampler(DATA_SETS['even'], seed=None)) == batches(sampler(DATA_SETS['even'], seed=7))


@pytest.mark.parametrize('rank', [0, 1])
@pytest.mark.parametrize('start', [0, 1, 4, 7])
def test_start_from_gives_the_rest_of_one_epoch(start, rank):
    drawn = sampler(DATA_SETS['even'], rank=rank, world_size=2)
    whole = batches(drawn)
    assert len(whole) == 7
    drawn.start_from(start)
    rest = [(int(index), index.seed, index.drawn_as['tuple_id'], index.drawn_as['role']) for index in drawn]
    assert rest == [image for batch in whole[start:] for image in batch]
    assert batches(drawn) == whole


def test_exact_indices_of_a_tiny_epoch():
    # Two images in each place: one is the anchor, the other the positive. The other identity gives the negative.
    images = [(0, VISIBLE), (0, VISIBLE), (0, INFRARED), (0, INFRARED), (1, VISIBLE), (1, INFRARED)]
    found = set()
    for seed in range(60):
        drawn = sampler(Records(images), num_tuples=2, seed=seed)
        (batch,) = batches(drawn)
        assert [role for _, _, _, role in batch] == 4 * [0, 1, 2]
        found.add(tuple(image for image, _, _, _ in batch))
    halves = [(a, 1 - a, 4, b, 5 - b, 5) for a in (0, 1) for b in (2, 3)]
    assert found == {first + second for first in halves for second in halves if first[0] != second[0]}


def many_tuples(dataset: Records, epochs: int) -> list[dict]:
    drawn, tuples = sampler(dataset, num_tuples=5), []
    for epoch in range(epochs):
        drawn.set_epoch(epoch)
        tuples += [images for batch in batches(drawn) for images in group_tuples(dataset, batch)]
    return tuples


def assert_uniform(counts: Counter, choices: int) -> None:
    """Check that Pearson's statistic is within five standard deviations of its mean."""
    expected = counts.total() / choices
    statistic = sum((count - expected) ** 2 / expected for count in counts.values())
    statistic += expected * (choices - len(counts))
    assert expected > 20 and statistic < choices - 1 + 5 * (2 * (choices - 1)) ** 0.5


def test_draws_are_uniform_and_independent():
    # Identities have very different numbers of images. The fourth is never an anchor; the fifth is only visible.
    dataset = records((6, 5), (30, 3), (2, 20), (1, 8), (4, 0), (8, 12))
    labels = [label for label, _ in dataset.images]
    negatives = {modality: defaultdict(Counter) for modality in Modality}
    both, chosen = defaultdict(Counter), defaultdict(Counter)
    for images in many_tuples(dataset, epochs=60):
        anchor = labels[images[VISIBLE, ANCHOR]]
        drawn = [labels[images[modality, NEGATIVE]] for modality in Modality]
        for modality, label in zip(Modality, drawn, strict=True):
            negatives[modality][anchor][label] += 1
            chosen['negative', modality, label][images[modality, NEGATIVE]] += 1
        both[anchor][tuple(drawn)] += 1
        chosen['anchor', INFRARED, anchor][images[INFRARED, ANCHOR]] += 1
        for modality in Modality:
            pair = images[modality, ANCHOR], images[modality, POSITIVE]
            chosen['pair', modality, anchor][pair] += 1
    assert set(both) == {0, 1, 2, 5}
    for anchor in both:
        assert_uniform(negatives[VISIBLE][anchor], choices=5)
        assert_uniform(negatives[INFRARED][anchor], choices=4)
    assert_uniform(both[1], choices=20)  # drawn independently in each modality
    sizes = Counter(dataset.images)
    for (kind, modality, label), counts in chosen.items():
        size = sizes[label, modality]
        if kind == 'pair':
            assert set(counts) <= set(itertools.permutations({image for pair in counts for image in pair}, 2))
        choices = size * (size - 1) if kind == 'pair' else size
        if choices > 1 and counts.total() > 21 * choices:
            assert_uniform(counts, choices)


def test_the_data_loader_keeps_tuple_number_and_role():
    dataset, drawn = DATA_SETS['even'], sampler(DATA_SETS['even'])
    loader = DataLoader(dataset, drawn.batch_size, sampler=drawn, num_workers=2, collate_fn=list)
    loaded = [[(image, seed, *drawn_as.values()) for image, seed, drawn_as in batch] for batch in loader]
    assert loaded == batches(sampler(dataset))


@pytest.mark.parametrize('num_workers', [0, 2])
def test_targets_hold_the_tuples_that_the_sampler_drew(tiny_root, num_workers):
    pipeline = [dict(type='LoadReIDImage'), dict(type='PackReIDInputs')]
    dataset = SYSUMM01(str(tiny_root), 'trainval', pipeline)
    drawn = AnchorTupleSampler(dataset, num_tuples=4, seed=0)
    loader = DataLoader(dataset, drawn.batch_size, sampler=drawn, num_workers=num_workers, collate_fn=stack_collate)
    infos = [dataset.get_data_info(index) for index in range(len(dataset))]
    assert not any('role' in info for info in infos)  # the fields of one batch do not change the data set
    drawn_from = Records([(info['gt_label'], info['modality']) for info in infos])
    paths = [info['img_path'] for info in infos]
    shuffle = random.Random(0)
    assert len(loader) == drawn.num_batches > 0
    for batch, expected in zip(loader, batches(AnchorTupleSampler(dataset, num_tuples=4, seed=0)), strict=True):
        samples = batch['data_samples']
        assert [sample.img_path for sample in samples] == [paths[image] for image, _, _, _ in expected]
        shuffle.shuffle(samples)  # nothing relies on the order
        targets = ReIDTargets.from_data_samples(samples)
        tuples = group_tuples(drawn_from, expected)
        for modality, role in PLACES:
            found = targets.in_role(role, modality)
            images = [images[modality, role] for images in tuples]
            assert [samples[place].img_path for place in found] == [paths[image] for image in images]
            assert targets.labels[found].tolist() == [drawn_from.images[image][0] for image in images]


def test_a_log_line_counts_identities_that_cannot_be_anchors(monkeypatch):
    lines = []
    monkeypatch.setattr(f'{MODULES}.anchor_tuple.print_log', lambda line, **_: lines.append(line))
    sampler(DATA_SETS['even'])
    assert lines == []
    sampler(DATA_SETS['identities that lack a modality'])
    assert len(lines) == 1 and '2 identities have fewer than two images of a modality' in lines[0]


@pytest.mark.parametrize(
    ('dataset', 'options', 'message'),
    [
        (records(*5 * [(9, 4)]), dict(num_tuples=0), 'num_tuples=0 must be positive'),
        (records(*5 * [(9, 4)]), dict(num_tuples=46), r'num_tuples=46 .* only 45 .*train_dataloader.sampler.num_tup'),
        (records(*5 * [(9, 4)]), dict(num_tuples=12, world_size=4), r'num_tuples=12 anchors on each of 4 rank\(s\)'),
        (records((9, 1), (1, 9)), dict(num_tuples=1), 'no anchor: no identity has two images of each modality'),
        (records((9, 9)), dict(), r'two identities with visible images.* has 1. Change train_dataloader.dataset.split'),
        (records((9, 9), (0, 9)), dict(), r'two identities with visible images.* has 1\.'),
        (records((9, 9), (9, 0)), dict(), r'two identities with infrared images.* has 1\.'),
        (records((9, 0), (9, 0)), dict(), r'two identities with infrared images.* has 0\.'),
    ],
)
def test_an_error_tells_why_the_data_do_not_fit(dataset, options, message):
    with pytest.raises(ValueError, match=message):
        sampler(dataset, **options)
