"""The base class: order, labels, statistics and the limit of identities of any data set."""

import pytest

from mmvireid.datasets import BaseReIDDataset
from mmvireid.datasets import base_reid_dataset as module
from mmvireid.registry import DATASETS
from mmvireid.structures import Modality


class Stations(BaseReIDDataset):
    """List identities 31, 4 and 12 without order. Identity 12 has no infrared image."""

    def scan(self) -> list[dict]:
        found = [(31, 1, 'b'), (4, 3, 'f'), (12, 1, 'e'), (4, 1, 'c'), (31, 3, 'a'), (12, 2, 'd'), (4, 3, 'g')]
        return [
            dict(img_path=name, pid=pid, cam_id=camera, modality=Modality(camera == 3)) for pid, camera, name in found
        ]


def rows(dataset: BaseReIDDataset) -> list[tuple]:
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    return [(info['img_path'], info['pid'], info['gt_label']) for info in infos]


@pytest.fixture
def log(monkeypatch) -> list[str]:
    lines = []
    monkeypatch.setattr(module, 'print_log', lambda message, **_: lines.append(message))
    return lines


def test_a_data_set_keeps_all_identities_by_default(log):
    dataset = Stations('/data/Gate', 'train')
    assert rows(dataset) == [
        ('a', 31, 2),
        ('b', 31, 2),
        ('c', 4, 0),
        ('d', 12, 1),
        ('e', 12, 1),
        ('f', 4, 0),
        ('g', 4, 0),
    ]
    assert dataset.metainfo == dict(dataset='Gate', split='train', num_ids=3, pids=(4, 12, 31))
    assert log == ["Gate 'train': 3 identities, 4 visible, 3 infrared images, 3 cameras, from /data/Gate"]


def test_limit_ids_keeps_the_first_identities_by_number(log):
    dataset = Stations('/data/Gate', 'train', limit_ids=2)
    assert rows(dataset) == [('c', 4, 0), ('d', 12, 1), ('e', 12, 1), ('f', 4, 0), ('g', 4, 0)]
    assert dataset.metainfo == dict(dataset='Gate', split='train', num_ids=2, pids=(4, 12), limit_ids=2)
    assert log == ["Gate 'train': the first 2 identities, 3 visible, 2 infrared images, 3 cameras, from /data/Gate"]


def test_a_limit_of_all_identities_keeps_every_image():
    assert rows(Stations('/data/Gate', 'train', limit_ids=3)) == rows(Stations('/data/Gate', 'train'))


@pytest.mark.parametrize('limit_ids', [0, -1, 2.0, '2', True])
def test_limit_ids_must_be_a_positive_number(limit_ids):
    with pytest.raises(ValueError, match=rf'limit_ids={limit_ids!r} must be a positive number of identities, or None'):
        Stations('/data/Gate', 'train', limit_ids=limit_ids)


def test_limit_ids_must_not_exceed_the_number_of_identities():
    with pytest.raises(ValueError, match="limit_ids=4, but the split 'train' of Gate under '/data/Gate' has only 3"):
        Stations('/data/Gate', 'train', limit_ids=4)


@pytest.mark.parametrize(
    'name, root, split',
    [
        ('SYSUMM01', 'tiny_root', 'trainval'),
        ('RegDB', 'tiny_regdb_root', 'train'),
        ('LLCM', 'tiny_llcm_root', 'train'),
        ('CSVDataset', 'tiny_csv_root', 'test'),
    ],
)
def test_every_data_set_accepts_limit_ids(name, root, split, request):
    options = dict(type=name, data_root=str(request.getfixturevalue(root)), split=split)
    whole, limited = DATASETS.build(options), DATASETS.build(dict(options, limit_ids=2))
    assert len(whole.metainfo['pids']) > 2
    assert limited.metainfo['pids'] == whole.metainfo['pids'][:2]
    expected = [row for row in rows(whole) if row[1] in limited.metainfo['pids']]
    assert rows(limited) == expected
