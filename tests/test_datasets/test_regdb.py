from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvireid.datasets import RegDB
from mmvireid.registry import DATASETS

SENSORS = {'visible': ('Visible', 'v'), 'thermal': ('Thermal', 't')}


def image_name(sensor: str, pid: int, frame: int) -> str:
    folder, letter = SENSORS[sensor]
    return f'{folder}/{pid}/male_back_{letter}_{frame:05d}_{pid}.bmp'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write identities 2, 10, 31 and 400, two images each. Split 1 trains on 400 and 10, split 2 on 2 and 31."""
    for pid in (2, 10, 31, 400):
        for sensor in SENSORS:
            for frame in (486, 31):
                path = tmp_path / image_name(sensor, pid, frame)
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), np.full((8, 4, 3), pid % 256, np.uint8))
    (tmp_path / 'idx').mkdir()
    halves = {('train', 1): (400, 10), ('test', 1): (2, 31), ('train', 2): (2, 31), ('test', 2): (400, 10)}
    for (split, number), pids in halves.items():
        for sensor in SENSORS:
            lines = [f'{image_name(sensor, pid, f)} {label}' for label, pid in enumerate(pids) for f in (486, 31)]
            (tmp_path / 'idx' / f'{split}_{sensor}_{number}.txt').write_text('\n'.join(lines) + '\n')
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))


def test_the_folder_is_the_identity(root):
    dataset = DATASETS.build(dict(type='RegDB', data_root=str(root), split='train', split_number=1))
    records = [dataset.get_data_info(i) for i in range(len(dataset))]
    paths = [Path(record['img_path']).relative_to(root).as_posix() for record in records]
    found = [(path, r['pid'], r['gt_label'], r['modality']) for path, r in zip(paths, records, strict=True)]
    assert found == [
        ('Thermal/10/male_back_t_00031_10.bmp', 10, 0, 1),
        ('Thermal/10/male_back_t_00486_10.bmp', 10, 0, 1),
        ('Thermal/400/male_back_t_00031_400.bmp', 400, 1, 1),
        ('Thermal/400/male_back_t_00486_400.bmp', 400, 1, 1),
        ('Visible/10/male_back_v_00031_10.bmp', 10, 0, 0),
        ('Visible/10/male_back_v_00486_10.bmp', 10, 0, 0),
        ('Visible/400/male_back_v_00031_400.bmp', 400, 1, 0),
        ('Visible/400/male_back_v_00486_400.bmp', 400, 1, 0),
    ]
    assert {record['cam_id'] for record in records} == {0}
    assert dataset.metainfo == dict(dataset='RegDB', split='train', num_ids=2, pids=(10, 400), split_number=1)


def test_split_number_chooses_the_halves(root):
    def pids(split: str, split_number: int) -> tuple[int, ...]:
        return RegDB(root, split, split_number=split_number).metainfo['pids']

    assert pids('train', 1) == pids('test', 2) == (10, 400)
    assert pids('test', 1) == pids('train', 2) == (2, 31)


@pytest.mark.parametrize('split_number', [0, 11, '1'])
def test_split_number_must_be_from_1_to_10(root, split_number):
    with pytest.raises(ValueError, match='RegDB has 10 splits: split_number=.* must be 1 to 10'):
        RegDB(root, 'train', split_number=split_number)


def test_an_error_of_missing_files_tells_what_to_do(root):
    with pytest.raises(FileNotFoundError) as caught:
        RegDB(root / 'nowhere', 'train', split_number=1)
    for words in ('nowhere', 'DBPerson-Recog-DB1', 'test_thermal', 'make_synthetic.py --layout regdb'):
        assert words in str(caught.value)
    with pytest.raises(FileNotFoundError, match="train_visible_3.txt' is missing.\nExpected:"):
        RegDB(root, 'train', split_number=3)
    with pytest.raises(ValueError, match="RegDB has no split 'val'; choose one of \\('train', 'test'\\)"):
        RegDB(root, 'val', split_number=1)
    for sensor in SENSORS:
        (root / 'idx' / f'train_{sensor}_1.txt').write_text('\n')
    with pytest.raises(FileNotFoundError, match="No image of the split 'train' of RegDB(.|\n)*DBPerson-Recog-DB1"):
        RegDB(root, 'train', split_number=1)


def test_labels_that_contradict_the_folders_are_an_error(root):
    edit(root / 'idx' / 'train_thermal_1.txt', '00031_10.bmp 1', '00031_10.bmp 0')
    with pytest.raises(ValueError, match="train_thermal_1.txt', line 4: label 0 stands for identity 10 here, for 400"):
        RegDB(root, 'train', split_number=1)
    edit(root / 'idx' / 'train_thermal_1.txt', '00031_10.bmp 0', '00031_10.bmp 7')
    with pytest.raises(ValueError, match="line 4: identity 10 has label 7 here, 1 in '.*train_visible_1.txt', line 3"):
        RegDB(root, 'train', split_number=1)


def test_a_warning_tells_counts_that_differ_from_the_published_counts(tmp_path, root, monkeypatch):
    warnings = []
    monkeypatch.setattr(RegDB, 'warn', lambda self, message: warnings.append(message))
    RegDB(root, 'test', split_number=1)
    assert '2 identities, 4 visible and 4 infrared images; published: (206, 2060, 2060)' in warnings.pop()
    full = tmp_path / 'full'
    (full / 'idx').mkdir(parents=True)
    for sensor in SENSORS:
        names = {image_name(sensor, pid, frame): pid for pid in range(1, 413, 2) for frame in range(10)}
        for name in names:
            (full / name).parent.mkdir(parents=True, exist_ok=True)
            (full / name).touch()
        lines = [f'{name} {pid // 2}' for name, pid in names.items()]
        (full / 'idx' / f'test_{sensor}_10.txt').write_text('\n'.join(lines))
    assert len(RegDB(full, 'test', split_number=10)) == 4120
    assert not warnings


def test_synthetic_data_have_their_own_name(root, monkeypatch):
    monkeypatch.setattr(RegDB, 'warn', lambda self, message: pytest.fail(message))
    (root / 'idx' / 'synthetic.json').write_text('{"layout": "regdb", "preset": "tiny", "seed": 0}')
    assert RegDB(root, 'test', split_number=1).metainfo['dataset'] == 'synthetic data (tiny, RegDB layout)'
