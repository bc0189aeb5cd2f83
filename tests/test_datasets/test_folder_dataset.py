from pathlib import Path

import cv2
import numpy as np
import pytest

from mmvireid.datasets import CSVDataset, FolderDataset
from mmvireid.registry import DATASETS

IMAGES = [
    'train/infrared/cam3/0007/a.png',
    'train/infrared/cam12/0010/x.jpg',
    'train/visible/cam1/0007/b.jpg',
    'train/visible/cam1/0007/a.jpg',
    'train/visible/cam2/10/a.bmp',
    'street/visible/cam1/5/a.jpg',
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / 'Station'
    for name in IMAGES:
        write_image(root / name)
    (root / 'train' / 'visible' / 'cam1' / 'Thumbs.db').write_text('no image')
    (root / 'train' / 'visible' / '.cache').mkdir()
    (root / 'README.md').write_text('about these images')
    return root


def write_image(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.zeros((8, 4, 3), np.uint8))


def infos(dataset) -> list[dict]:
    return [dataset.get_data_info(i) for i in range(len(dataset))]


def test_folder_names_become_records(root):
    dataset = DATASETS.build(dict(type='FolderDataset', data_root=str(root), split='train'))
    found = [
        (Path(i['img_path']).relative_to(root).as_posix(), i['pid'], i['gt_label'], i['cam_id'], i['modality'])
        for i in infos(dataset)
    ]
    assert found == [
        ('train/infrared/cam12/0010/x.jpg', 10, 1, 12, 1),
        ('train/infrared/cam3/0007/a.png', 7, 0, 3, 1),
        ('train/visible/cam1/0007/a.jpg', 7, 0, 1, 0),
        ('train/visible/cam1/0007/b.jpg', 7, 0, 1, 0),
        ('train/visible/cam2/10/a.bmp', 10, 1, 2, 0),
    ]
    assert dataset.metainfo == dict(dataset='Station', split='train', num_ids=2, pids=(7, 10))
    assert FolderDataset(root, 'street').metainfo['pids'] == (5,)


def test_a_csv_file_of_the_same_images_gives_the_same_records(root):
    lines = ['path,identity,camera,modality,split']
    for name in IMAGES:
        split, modality, camera, pid, _ = name.split('/')
        lines.append(f'{name},{pid},{camera.removeprefix("cam")},{modality},{split}')
    (root / 'annotations.csv').write_text('\n'.join(lines))
    for split in ('train', 'street'):
        listed, in_folders = CSVDataset(root, split), FolderDataset(root, split)
        assert infos(listed) == infos(in_folders)
        assert listed.metainfo == in_folders.metainfo


@pytest.mark.parametrize(
    'name, message',
    [
        ('train/rgb/cam1/7/a.jpg', r"train/rgb' is none of \['infrared', 'visible'\]"),
        ('train/visible/1/7/a.jpg', "The folder '.*train/visible/1' has a wrong name"),
        ('train/visible/cam1/Ann/a.jpg', "The folder '.*train/visible/cam1/Ann' has a wrong name"),
        ('train/visible/cam1/a.jpg', "Image '.*train/visible/cam1/a.jpg' is not in the folder of an identity"),
        ('train/visible/a.jpg', 'is not in the folder of an identity'),
        ('train/a.jpg', 'is not in the folder of an identity'),
    ],
)
def test_an_error_names_what_does_not_fit_the_layout(root, name, message):
    write_image(root / name)
    with pytest.raises(ValueError, match=f'{message}.*<split>/<visible or infrared>/cam<number>/<identity, a number>'):
        FolderDataset(root, 'train')


def test_errors_of_a_missing_folder_an_unknown_split_and_an_empty_split(root):
    with pytest.raises(FileNotFoundError, match="No data set at data_root='.*nowhere'. Expected: <data_root>/<split>/"):
        FolderDataset(root / 'nowhere', 'train')
    with pytest.raises(ValueError, match=r"Station' has no split 'test'; it has \['street', 'train'\]"):
        FolderDataset(root, 'test')
    (root / 'later').mkdir()
    with pytest.raises(FileNotFoundError, match="No image of the split 'later' of Station"):
        FolderDataset(root, 'later')
