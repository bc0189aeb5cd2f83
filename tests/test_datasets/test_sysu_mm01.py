from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvireid.datasets import SYSUMM01, SeededIndex

PIPELINE = [dict(type='LoadReIDImage'), dict(type='PackReIDInputs')]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write identities 3 (train), 7 and 11 (test). Camera 4 does not see identity 7."""
    (tmp_path / 'exp').mkdir()
    for name, ids in dict(train='3', val='', test='11,7').items():
        (tmp_path / 'exp' / f'{name}_id.txt').write_text(ids + '\n')
    for pid in (3, 7, 11, 20):  # 20 is in no split
        for cam in range(1, 7):
            folder = tmp_path / f'cam{cam}' / f'{pid:04d}'
            folder.mkdir(parents=True)
            for number in (2, 1):
                if (pid, cam) != (7, 4):
                    cv2.imwrite(str(folder / f'{number:04d}.jpg'), np.full((8, 4, 3), 10 * cam, np.uint8))
            (folder / 'Thumbs.db').write_text('no image')
            (folder / '._0001.jpg').write_text('a hidden file of macOS')
    return tmp_path


def test_records_are_sorted_and_labeled(root):
    dataset = SYSUMM01(root, 'test', test_mode=True)
    records = [dataset.get_data_info(i) for i in range(len(dataset))]
    paths = [Path(record['img_path']).relative_to(root).as_posix() for record in records]
    assert paths == sorted(paths) and len(paths) == 22
    assert paths[:3] == ['cam1/0007/0001.jpg', 'cam1/0007/0002.jpg', 'cam1/0011/0001.jpg']
    assert {(r['pid'], r['gt_label']) for r in records} == {(7, 0), (11, 1)}
    assert {(r['cam_id'], r['modality']) for r in records} == {(1, 0), (2, 0), (3, 1), (4, 0), (5, 0), (6, 1)}
    meta = dataset.metainfo
    assert (meta['dataset'], meta['split'], meta['num_ids'], meta['pids']) == ('SYSU-MM01', 'test', 2, (7, 11))


def test_trainval_joins_both_lists(root):
    (root / 'exp' / 'val_id.txt').write_text('20')
    assert SYSUMM01(root, 'trainval').metainfo['pids'] == (3, 20)
    assert SYSUMM01(root, 'train').metainfo['pids'] == (3,)


def test_an_index_gives_one_packed_image(root):
    item = SYSUMM01(root, 'train', pipeline=PIPELINE)[0]
    assert item['inputs'].shape == (3, 8, 4)
    assert item['data_samples'].pid == 3


def test_augmentation_follows_the_seed_of_the_index(root):
    cv2.imwrite(
        str(root / 'cam1' / '0003' / '0001.jpg'), np.random.default_rng(0).integers(0, 255, (8, 4, 3), np.uint8)
    )
    crop = dict(type='mmpretrain.RandomCrop', crop_size=(8, 4), padding=4)
    dataset = SYSUMM01(root, 'train', pipeline=[PIPELINE[0], crop, dict(type='RandomFlip', prob=0.5), PIPELINE[1]])
    crops = [tuple(dataset[SeededIndex(0, seed)]['inputs'].flatten().tolist()) for seed in (*range(8), *range(8))]
    assert crops[:8] == crops[8:]
    assert len(set(crops)) > 4


def test_an_error_names_a_corrupt_image(root):
    bad = root / 'cam1' / '0003' / '0001.jpg'
    bad.write_bytes(b'')
    with pytest.raises(OSError, match='0003/0001.jpg'):
        SYSUMM01(root, 'train', pipeline=PIPELINE)[0]


def test_an_error_of_a_missing_folder_tells_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        SYSUMM01(tmp_path / 'nowhere', 'trainval')
    for words in ('nowhere', 'cam1/ ... cam6/', 'release agreement', 'make_synthetic.py --layout sysu'):
        assert words in str(caught.value)


def test_errors_of_a_missing_list_an_empty_split_and_an_unknown_split(root):
    (root / 'exp' / 'train_id.txt').write_text('404')
    with pytest.raises(FileNotFoundError, match="No image of the split 'train'"):
        SYSUMM01(root, 'train')
    (root / 'exp' / 'train_id.txt').write_text('3,x')
    with pytest.raises(ValueError, match="train_id.txt', line 1: identity 'x' is not a whole number"):
        SYSUMM01(root, 'train')
    (root / 'exp' / 'train_id.txt').unlink()
    with pytest.raises(FileNotFoundError, match="train_id.txt' is missing"):
        SYSUMM01(root, 'train')
    with pytest.raises(ValueError, match="no split 'query'"):
        SYSUMM01(root, 'query')


def test_a_warning_tells_counts_that_differ_from_the_published_counts(root, monkeypatch):
    warnings = []
    monkeypatch.setattr(SYSUMM01, 'warn', lambda self, message: warnings.append(message))
    for file in root.glob('*/*/Thumbs.db'):
        file.unlink()
    SYSUMM01(root, 'test')
    assert '2 identities, 14 visible and 8 infrared images; published: (96, 6775, 3803)' in warnings.pop()
    (root / 'exp' / 'synthetic.json').write_text('{"preset": "tiny"}')
    assert SYSUMM01(root, 'test').metainfo['dataset'] == 'synthetic data (tiny, SYSU-MM01 layout)'
    assert not warnings
    (root / 'exp' / 'test_id.txt').write_text('7,11,99,98')
    SYSUMM01(root, 'test')
    assert "2 identities of 'test' have no image" in warnings.pop()
