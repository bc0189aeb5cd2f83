import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.runner import Runner

from mmvireid.datasets import CSVDataset

HEADER = 'path,identity,camera,modality,split'
LINES = [
    HEADER,
    'gate/b.jpg,7,1,visible,train',
    'gate/a.png,7,4,INFRARED,train',
    '"gate/at night, 1.jpg",0012,4,1,train',
    'gate/c.jpg,12,2,0,train',
    'gate/d.jpg,20,2,Visible,street',
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / 'Station'
    (root / 'gate').mkdir(parents=True)
    for number, name in enumerate(['b.jpg', 'a.png', 'at night, 1.jpg', 'c.jpg', 'd.jpg']):
        cv2.imwrite(str(root / 'gate' / name), np.full((12 + number, 6, 3), 20 * number, np.uint8))
    write(root, LINES)
    return root


def write(root: Path, lines: list[str], encoding: str = 'utf-8') -> None:
    (root / 'annotations.csv').write_text('\n'.join(lines) + '\n', encoding=encoding)


def records(dataset: CSVDataset) -> list[tuple]:
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    return [(Path(i['img_path']).name, i['pid'], i['gt_label'], i['cam_id'], i['modality']) for i in infos]


def test_lines_of_a_split_become_records(root):
    dataset = CSVDataset(root, 'train')
    assert records(dataset) == [
        ('a.png', 7, 0, 4, 1),
        ('at night, 1.jpg', 12, 1, 4, 1),
        ('b.jpg', 7, 0, 1, 0),
        ('c.jpg', 12, 1, 2, 0),
    ]
    assert dataset.metainfo == dict(dataset='Station', split='train', num_ids=2, pids=(7, 12))
    assert CSVDataset(root, 'street').metainfo == dict(dataset='Station', split='street', num_ids=1, pids=(20,))


def test_columns_may_have_any_order_and_further_columns_are_ignored(root):
    lines = ['split; identity;modality;time,; camera;path', 'train;7;visible;12:00; 1;gate/b.jpg']
    write(root, [line.replace(',', '').replace(';', ',') for line in lines] + [''], encoding='utf-8-sig')
    assert records(CSVDataset(root, 'train')) == [('b.jpg', 7, 0, 1, 0)]


@pytest.mark.parametrize('absolute', [False, True])
def test_ann_file_may_have_another_name_and_folder(root, absolute):
    (root / 'lists').mkdir()
    file = (root / 'annotations.csv').rename(root / 'lists' / 'mine.csv')
    ann_file = str(file) if absolute else 'lists/mine.csv'
    assert len(CSVDataset(root, 'train', ann_file=ann_file)) == 4


def test_a_relative_data_root_gives_the_same_name(root, monkeypatch):
    monkeypatch.chdir(root)
    assert CSVDataset('.', 'train').metainfo['dataset'] == 'Station'
    assert CSVDataset(os.path.join('..', 'Station', ''), 'train').metainfo['dataset'] == 'Station'


def test_the_data_loader_yields_a_training_batch(root):
    pipeline = [
        dict(type='LoadReIDImage'),
        dict(type='Resize', scale=(16, 32)),
        dict(type='mmpretrain.RandomCrop', crop_size=(32, 16), padding=2),
        dict(type='RandomFlip', prob=0.5),
        dict(type='PackReIDInputs'),
    ]
    loader = Runner.build_dataloader(
        dict(
            batch_size=8,
            num_workers=0,
            collate_fn=dict(type='mmvireid.stack_collate'),
            sampler=dict(type='CrossModalityPKSampler', num_ids=2, num_instances=2),
            dataset=dict(type='CSVDataset', data_root=str(root), split='train', pipeline=pipeline),
        ),
        seed=0,
    )
    (batch,) = loader
    assert batch['inputs'].shape == (8, 3, 32, 16)
    assert sorted((s.pid, s.modality, s.cam_id) for s in batch['data_samples']) == sorted(
        2 * [(7, 0, 1), (12, 0, 2), (7, 1, 4), (12, 1, 4)]
    )


def test_the_sampler_names_an_identity_without_a_modality(root):
    write(root, LINES[:2] + LINES[3:])
    dataset = CSVDataset(root, 'train')
    with pytest.raises(ValueError, match=r'1 of 2 have no infrared image \(first pids: \[7\]\)'):
        Runner.build_dataloader(
            dict(batch_size=4, sampler=dict(type='CrossModalityPKSampler', num_ids=1, num_instances=2), dataset=dataset)
        )


@pytest.mark.parametrize(
    'line, message',
    [
        ('gate/d.jpg,20,2,visible', 'found 4 values for 5 columns'),
        ('gate/d.jpg,20,2,visible,street,x', 'found 6 values for 5 columns'),
        (',20,,visible,street', 'no value for path and camera'),
        ('gate/d.jpg,20,2,visible, ', 'no value for split'),
        ('gate/d.jpg,Ann,2,visible,street', "identity 'Ann' is not a whole number"),
        ('gate/d.jpg,20.0,2,visible,street', "identity '20.0' is not a whole number"),
        ('gate/d.jpg,-1,2,visible,street', "identity '-1' is not a whole number"),
        ('gate/d.jpg,20,cam2,visible,street', "camera 'cam2' is not a whole number"),
        ('gate/d.jpg,20,2,thermal,street', r"modality 'thermal' is neither visible \(0\) nor infrared \(1\)"),
        ('gate/d.jpg,20,2,2,street', "modality '2' is neither"),
        ('/gate/d.jpg,20,2,visible,street', "the path '/gate/d.jpg' must be relative to '.*Station'"),
        ('gate/../d.jpg,20,2,visible,street', 'must be relative to'),
        ('./gate/b.jpg,20,2,visible,street', r"gate/b.jpg' is listed a second time, first in '.*csv', line 2"),
        ('"gate/d.jpg,20,2,visible,street', 'unexpected end of data'),
    ],
)
def test_an_error_names_a_bad_line_of_any_split(root, line, message):
    write(root, [*LINES[:5], '', line])
    with pytest.raises(ValueError, match=rf"annotations.csv', line 7: .*{message}"):
        CSVDataset(root, 'train')


@pytest.mark.parametrize('header', ['', 'path,identity,camera,split', HEADER + ',split', HEADER.replace(',', ';')])
def test_the_header_must_name_each_column_once(root, header):
    write(root, [header, *LINES[1:]])
    message = f"annotations.csv' must name each of the columns {HEADER} once, separated by commas, but the line is '"
    with pytest.raises(ValueError, match=message):
        CSVDataset(root, 'train')


def test_an_error_counts_missing_images_and_names_the_first(root):
    (root / 'gate' / 'a.png').unlink()
    (root / 'gate' / 'c.jpg').unlink()
    assert len(CSVDataset(root, 'street')) == 1
    with pytest.raises(FileNotFoundError, match=r"2 of 4 listed .*gate/a.png', from '.*annotations.csv', line 3"):
        CSVDataset(root, 'train')


def test_errors_of_a_missing_file_an_unknown_split_and_a_wrong_encoding(root):
    with pytest.raises(ValueError, match=r"annotations.csv' has no split 'test'; it has \['street', 'train'\]"):
        CSVDataset(root, 'test')
    write(root, [*LINES, 'gate/Zürich.jpg,7,1,visible,train'], encoding='latin-1')
    with pytest.raises(ValueError, match="annotations.csv' is not a text file in UTF-8"):
        CSVDataset(root, 'train')
    with pytest.raises(
        FileNotFoundError, match=f"mine.csv' is missing. It must be a CSV file with the first line {HEADER}"
    ):
        CSVDataset(root, 'train', ann_file='mine.csv')
