"""No entry of a folder vanishes silently, and no entry blocks."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvireid.datasets import SYSUMM01, CSVDataset, FolderDataset
from mmvireid.datasets import base_reid_dataset as module
from mmvireid.datasets.image_folder import IMAGE_SUFFIXES


@pytest.fixture
def log(monkeypatch) -> list[str]:
    lines = []
    monkeypatch.setattr(module, 'print_log', lambda message, **_: lines.append(message))
    return lines


def fill(folder: Path) -> None:
    """Write one image of each suffix, and entries that are no images."""
    folder.mkdir(parents=True)
    for number, suffix in enumerate(IMAGE_SUFFIXES):
        (folder / f'{number}{suffix.upper()}').touch()
    (folder / 'broken.png').symlink_to('nowhere.png')
    (folder / 'loop.png').symlink_to('loop.png')
    os.mkfifo(folder / 'pipe.jpg')
    (folder / 'anim.gif').touch()
    (folder / 'notes.txt').touch()
    (folder / '.hidden').touch()


COUNTS = '5 entries that are no images: 2 broken link, 1 no regular file, 2 other suffix'


def test_a_folder_data_set_reads_every_suffix_and_logs_the_rest_in_one_line(tmp_path, log):
    folder = tmp_path / 'Gate/train/visible/cam1/7'
    fill(folder)
    (tmp_path / 'Gate/train/visible/cam2').symlink_to('nowhere')
    dataset = FolderDataset(tmp_path / 'Gate', 'train')
    assert len(dataset) == len(IMAGE_SUFFIXES) >= 13
    assert '.webp' in IMAGE_SUFFIXES
    counts = COUNTS.replace('5', '6', 1).replace('2 broken', '3 broken')
    (line,) = [line for line in log if 'ignores' in line]
    assert line == f"Gate 'train' ignores {counts} (first: '{folder}/anim.gif'), in {tmp_path / 'Gate'}"


def test_sysu_logs_the_rest_in_one_line(tmp_path, log):
    fill(tmp_path / 'cam1/0007')
    (tmp_path / 'cam1/0007/deeper').mkdir()
    (tmp_path / 'exp').mkdir()
    (tmp_path / 'exp/test_id.txt').write_text('7')
    assert len(SYSUMM01(tmp_path, 'test')) == len(IMAGE_SUFFIXES)
    (line,) = [line for line in log if 'ignores' in line]
    assert '6 entries that are no images: 2 broken link, 1 folder, 1 no regular file, 2 other suffix' in line


def test_a_data_set_without_other_entries_logs_nothing_more(tmp_path, log):
    path = tmp_path / 'train/visible/cam1/7/a.webp'
    path.parent.mkdir(parents=True)
    cv2.imwrite(str(path), np.zeros((8, 4, 3), np.uint8))
    assert len(FolderDataset(tmp_path, 'train')) == 1
    assert len(log) == 1


@pytest.mark.parametrize(
    'fields, error, message',
    [
        ('a.png,' + '9' * 30 + ',1,visible', ValueError, f'line 3: identity {"9" * 30} has more than 15 digits'),
        ('a.png,' + '9' * 5000 + ',1,visible', ValueError, r'line 3: identity 9+\.\.\. has more than 15 digits'),
        ('a.png,7,' + '1' * 16 + ',visible', ValueError, 'line 3: camera 1111111111111111 has more than 15 digits'),
        ('a.png,\u0667,1,visible', ValueError, 'line 3: identity .* is not a whole number'),
        ('pipe.png,7,1,visible', FileNotFoundError, "pipe.png', from '.*annotations.csv', line 3"),
        ('loop.png,7,1,visible', FileNotFoundError, "loop.png', from '.*annotations.csv', line 3"),
        ('x' * 5000 + ',7,1,visible', FileNotFoundError, "', from '.*annotations.csv', line 3"),
        ('a\0b.png,7,1,visible', (FileNotFoundError, ValueError), "annotations.csv', line 3"),
        ('y' * 200_000 + ',7,1,visible', ValueError, 'line 3: field larger than field limit'),
    ],
)
def test_an_error_of_a_csv_file_names_the_line(tmp_path, fields, error, message):
    (tmp_path / 'a.png').touch()
    os.mkfifo(tmp_path / 'pipe.png')
    (tmp_path / 'loop.png').symlink_to('loop.png')
    lines = ['path,identity,camera,modality,split', './a.png,7,1,visible,train', f'{fields},train']
    (tmp_path / 'annotations.csv').write_text('\n'.join(lines), encoding='utf-8')
    with pytest.raises(error, match=message):
        CSVDataset(tmp_path, 'train')


@pytest.mark.parametrize('text', ['7,-3', '7\n1_000', '7,' + '9' * 16])
def test_an_error_of_an_identity_list_names_the_line(tmp_path, text):
    (tmp_path / 'exp').mkdir()
    (tmp_path / 'exp/test_id.txt').write_text(text)
    with pytest.raises(ValueError, match=rf"test_id.txt', line {1 + text.count(chr(10))}: identity"):
        SYSUMM01(tmp_path, 'test')


def test_a_named_pipe_in_place_of_a_list_never_blocks(tmp_path):
    os.mkfifo(tmp_path / 'annotations.csv')
    with pytest.raises(FileNotFoundError, match='annotations.csv'):
        CSVDataset(tmp_path, 'train')


def test_a_folder_with_a_number_of_many_digits_is_named(tmp_path):
    folder = tmp_path / 'train/visible/cam1' / ('9' * 30)
    folder.mkdir(parents=True)
    (folder / 'a.png').touch()
    with pytest.raises(ValueError, match=f"folder '{folder}': number {'9' * 30} has more than 15 digits"):
        FolderDataset(tmp_path, 'train')
