from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.runner import Runner

from mmvireid.datasets import LLCM

# Names as in LLCM: identity, camera, time of day, frame.
TRAIN = {
    'vis': ['vis/0000/0000_c05_s171429_f12990_vis.jpg', 'vis/0004/0004_c03_s185535_f7010_vis.jpg'],
    'nir': ['nir/0004/0004_c01_s200656_f4830_nir.jpg', 'nir/0000/0000_c09_s171429_f12990_nir.jpg'],
}
TEST = [
    'test_vis/cam3/0351/0351_c03_s185734_f3195_vis.jpg',
    'test_vis/cam9/0012/0012_c09_s185734_f3195_vis.jpg',
    'test_nir/cam1/0012/0012_c01_s185734_f3195_nir.jpg',
    'test_nir/cam1/0351/0351_c01_s185734_f3200_nir.jpg',
    'test_nir/cam1/0999/0999_c01_s185734_f3200_nir.jpg',  # in no list
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number, name in enumerate([*TRAIN['vis'], *TRAIN['nir'], *TEST]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / name), np.full((12 + number, 6, 3), 20 * number, np.uint8))
    (tmp_path / 'idx').mkdir()
    for spectrum, names in TRAIN.items():
        lines = [f'{name} {int(Path(name).parent.name) // 4}\n' for name in names]
        (tmp_path / 'idx' / f'train_{spectrum}.txt').write_text(''.join(lines))
    (tmp_path / 'idx' / 'test_id.txt').write_text('351,12\n')
    return tmp_path


def records(dataset: LLCM) -> list[tuple]:
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    return [(Path(i['img_path']).name, i['pid'], i['gt_label'], i['cam_id'], i['modality']) for i in infos]


def test_names_of_training_images_give_the_camera(root):
    dataset = LLCM(root, 'train')
    assert records(dataset) == [
        ('0000_c09_s171429_f12990_nir.jpg', 0, 0, 9, 1),
        ('0004_c01_s200656_f4830_nir.jpg', 4, 1, 1, 1),
        ('0000_c05_s171429_f12990_vis.jpg', 0, 0, 5, 0),
        ('0004_c03_s185535_f7010_vis.jpg', 4, 1, 3, 0),
    ]
    assert dataset.metainfo == dict(dataset='LLCM', split='train', num_ids=2, pids=(0, 4))


@pytest.mark.parametrize('ids', ['351,12\n', '12\n351\n'])
def test_the_test_split_holds_the_listed_identities(root, ids):
    (root / 'idx' / 'test_id.txt').write_text(ids)
    dataset = LLCM(root, 'test', test_mode=True)
    assert records(dataset) == [
        ('0012_c01_s185734_f3195_nir.jpg', 12, 0, 1, 1),
        ('0351_c01_s185734_f3200_nir.jpg', 351, 1, 1, 1),
        ('0351_c03_s185734_f3195_vis.jpg', 351, 1, 3, 0),
        ('0012_c09_s185734_f3195_vis.jpg', 12, 0, 9, 0),
    ]
    assert dataset.metainfo == dict(dataset='LLCM', split='test', num_ids=2, pids=(12, 351))


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
            dataset=dict(type='LLCM', data_root=str(root), split='train', pipeline=pipeline),
        ),
        seed=0,
    )
    (batch,) = loader
    assert batch['inputs'].shape == (8, 3, 32, 16)
    samples = batch['data_samples']
    assert sorted((s.pid, s.modality, s.cam_id) for s in samples) == sorted(
        2 * [(0, 0, 5), (4, 0, 3), (0, 1, 9), (4, 1, 1)]
    )


def test_an_error_of_missing_files_tells_what_to_do(root):
    with pytest.raises(FileNotFoundError) as caught:
        LLCM(root / 'nowhere', 'train')
    for words in ('nowhere', 'test_id.txt', 'cam1/ ... cam9/', 'release agreement'):
        assert words in str(caught.value)
    with pytest.raises(ValueError, match="LLCM has no split 'val'"):
        LLCM(root, 'val')
    (root / TRAIN['nir'][1]).unlink()
    with pytest.raises(FileNotFoundError, match=r"1 of 4 listed images .*train_nir.txt', line 2"):
        LLCM(root, 'train')
    (root / 'idx' / 'train_nir.txt').unlink()
    with pytest.raises(FileNotFoundError, match="train_nir.txt' is missing.\nExpected:"):
        LLCM(root, 'train')
    (root / 'idx' / 'test_id.txt').write_text('404')
    with pytest.raises(FileNotFoundError, match="No image of the split 'test' of LLCM"):
        LLCM(root, 'test')
    (root / 'idx' / 'test_id.txt').unlink()
    with pytest.raises(FileNotFoundError, match="test_id.txt' is missing.\nExpected:"):
        LLCM(root, 'test')


def test_a_warning_counts_names_without_a_camera(root, monkeypatch):
    old, new = TRAIN['vis'][1], 'vis/0004/picture.jpg'
    (root / old).rename(root / new)
    file = root / 'idx' / 'train_vis.txt'
    file.write_text(file.read_text().replace(old, new))
    warnings = []
    monkeypatch.setattr(LLCM, 'warn', lambda self, message: warnings.append(message))
    dataset = LLCM(root, 'train')
    assert [record['cam_id'] for record in dataset if record['img_path'].endswith('picture.jpg')] == [0]
    assert 'names of 1 training images lack the camera' in warnings[0]
    assert "'picture.jpg'" in warnings[0] and "train_vis.txt', line 2" in warnings[0]


def test_a_warning_tells_counts_that_differ_from_the_published_counts(root, monkeypatch):
    warnings = []
    monkeypatch.setattr(LLCM, 'warn', lambda self, message: warnings.append(message))
    LLCM(root, 'train')
    assert '2 identities, 2 visible and 2 infrared images; published: (713, 16946, 13975)' in warnings.pop()
    monkeypatch.setattr(LLCM, 'PUBLISHED_COUNTS', {'test': (2, 2, 2)})
    LLCM(root, 'test')
    assert not warnings
    (root / 'idx' / 'test_id.txt').write_text('351,12,13')
    LLCM(root, 'test')
    assert "1 identities of 'test' have no image" in warnings.pop()


def test_published_counts_add_up():
    assert [sum(counts[1:]) for counts in LLCM.PUBLISHED_COUNTS.values()] == [30921, 15846]
    assert sum(counts[0] for counts in LLCM.PUBLISHED_COUNTS.values()) == 1064
