"""Trees in RegDB's layout: files, lists and images, and how much the background reveals."""

import json

import cv2
import numpy as np
import pytest

from mmvireid.synthetic import GENERATOR_VERSION, photograph
from mmvireid.synthetic.regdb import RegDBLayout

MARKER = 'idx/synthetic.json'
FOLDERS = {'visible': 'Visible', 'thermal': 'Thermal'}


def read_list(root, half, kind, split):
    lines = (root / 'idx' / f'{half}_{kind}_{split}.txt').read_text().splitlines()
    return [(path, int(label)) for path, label in (line.split(' ') for line in lines)]


def test_files_follow_the_layout_of_regdb(tiny_regdb_root):
    expected = {MARKER}
    expected |= {f'idx/{half}_{kind}_{n}.txt' for half in ('train', 'test') for kind in FOLDERS for n in range(1, 11)}
    for letter, folder in zip('vt', FOLDERS.values(), strict=True):
        expected |= {f'{folder}/{pid}/{letter}_{i:05d}_{pid}.bmp' for pid in range(1, 13) for i in range(1, 5)}
    found = {path.relative_to(tiny_regdb_root).as_posix() for path in tiny_regdb_root.rglob('*') if path.is_file()}
    assert found == expected


@pytest.mark.parametrize('split', range(1, 11))
def test_lists_give_each_identity_one_label_in_both_modalities(tiny_regdb_root, split):
    people = {}
    for half in ('train', 'test'):
        labels = {}
        for kind, folder in FOLDERS.items():
            entries = read_list(tiny_regdb_root, half, kind, split)
            assert len(entries) == len(dict(entries)) == 24
            assert entries == sorted(entries, key=lambda entry: (entry[1], entry[0]))
            for path, label in entries:
                assert (tiny_regdb_root / path).is_file() and path.startswith(f'{folder}/')
                assert labels.setdefault(int(path.split('/')[1]), label) == label
        assert [labels[pid] for pid in sorted(labels)] == list(range(6))
        people[half] = set(labels)
    assert people['train'] | people['test'] == set(range(1, 13)) and not people['train'] & people['test']


def test_the_splits_depend_on_the_seed():
    first, second = (dict(RegDBLayout('tiny', seed).files()) for seed in (0, 1))
    assert set(first) == set(second)
    assert first['idx/train_visible_1.txt'] != second['idx/train_visible_1.txt']


def test_the_marker_describes_the_folder(tiny_regdb_root):
    assert json.loads((tiny_regdb_root / MARKER).read_text()) == {
        **{'layout': 'regdb', 'preset': 'tiny', 'seed': 0, 'generator_version': GENERATOR_VERSION},
        'identities': {'train': 6, 'test': 6},
        'images': {'visible': 48, 'thermal': 48},
    }


def test_images_differ_and_thermal_images_are_gray(tiny_regdb_root):
    for kind, folder in FOLDERS.items():
        images = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in (tiny_regdb_root / folder).rglob('*.bmp')]
        assert len({image.tobytes() for image in images}) == 48
        for image in images:
            assert image.shape == (64, 32, 3) and image.dtype == np.uint8
            assert (image == image[..., :1]).all() == (kind == 'thermal')
            assert 15 < image.mean() < 240 and image.std() > 8


def nearest_rows(query, gallery):
    """Return the gallery row that correlates most with each query row."""
    query, gallery = (x - x.mean(axis=1, keepdims=True) for x in (query, gallery))
    norm = np.linalg.norm(query, axis=1)[:, None] * np.linalg.norm(gallery, axis=1)
    return (query @ gallery.T / norm).argmax(axis=1)


def count_matches(images):
    """Count the thumbnails whose nearest thumbnail in the other modality shows the same person."""
    visible, thermal = (
        np.stack([cv2.resize(image, (16, 32)).mean(axis=2).ravel() for image in images[camera]]) for camera in images
    )
    pids = np.repeat(np.arange(12), 4)
    return sum(
        int((pids[nearest_rows(query, gallery)] == pids).sum())
        for query, gallery in ((visible, thermal), (thermal, visible))
    )


def test_neither_background_nor_raw_pixels_identify_a_person(tiny_regdb_root, monkeypatch):
    """Match 96 images across modalities; chance gives 8 correct matches with a standard deviation of 2.7."""
    layout = RegDBLayout('tiny', 0)

    def load_all(load):
        images = {}
        for shots in layout.shots():
            for shot in shots:
                images.setdefault(shot.camera, []).append(load(shot))
        return images

    with_people = load_all(lambda shot: cv2.imread(str(tiny_regdb_root / shot.path)))
    monkeypatch.setattr(photograph, '_draw_person', lambda *args, **kwargs: None)
    without_people = load_all(lambda shot: cv2.imdecode(np.frombuffer(layout.take(shot), np.uint8), cv2.IMREAD_COLOR))
    assert count_matches(without_people) <= 16
    assert count_matches(with_people) <= 32
