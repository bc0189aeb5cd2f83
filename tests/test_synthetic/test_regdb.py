"""Written data sets in RegDB's layout: lists, determinism, completion, refusal, and what a background gives away."""

import json

import cv2
import numpy as np
import pytest

from mmvireid.synthetic import generate_regdb, generate_sysu, make_contact_sheet, photograph
from mmvireid.synthetic.regdb import RegDBLayout

MARKER = 'idx/synthetic.json'
FOLDERS = {'visible': 'Visible', 'thermal': 'Thermal'}


def contents(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob('*')) if path.is_file()}


def read_list(root, half, kind, split):
    lines = (root / 'idx' / f'{half}_{kind}_{split}.txt').read_text().splitlines()
    return [(path, int(label)) for path, label in (line.split(' ') for line in lines)]


def test_layout_is_that_of_regdb(tiny_regdb_root):
    expected = {MARKER}
    expected |= {f'idx/{half}_{kind}_{n}.txt' for half in ('train', 'test') for kind in FOLDERS for n in range(1, 11)}
    for letter, folder in zip('vt', FOLDERS.values(), strict=True):
        expected |= {f'{folder}/{pid}/{letter}_{i:05d}_{pid}.bmp' for pid in range(1, 13) for i in range(1, 5)}
    assert set(contents(tiny_regdb_root)) == expected


@pytest.mark.parametrize('split', range(1, 11))
def test_lists(tiny_regdb_root, split):
    people = {}
    for half in ('train', 'test'):
        label_of = {}
        for kind, folder in FOLDERS.items():
            entries = read_list(tiny_regdb_root, half, kind, split)
            assert len(entries) == len(dict(entries)) == 24
            assert entries == sorted(entries, key=lambda entry: (entry[1], entry[0]))
            for path, label in entries:
                assert (tiny_regdb_root / path).is_file() and path.startswith(f'{folder}/')
                assert label_of.setdefault(int(path.split('/')[1]), label) == label  # one in both modalities
        assert [label_of[pid] for pid in sorted(label_of)] == list(range(6))
        people[half] = set(label_of)
    assert people['train'] | people['test'] == set(range(1, 13)) and not people['train'] & people['test']


def test_marker_says_what_the_folder_holds(tiny_regdb_root):
    marker = json.loads((tiny_regdb_root / MARKER).read_text())
    assert marker.pop('generator_version') >= 1
    assert marker == {
        **{'layout': 'regdb', 'preset': 'tiny', 'seed': 0},
        'identities': {'train': 6, 'test': 6},
        'images': {'visible': 48, 'thermal': 48},
    }


def test_images(tiny_regdb_root):
    for kind, folder in FOLDERS.items():
        images = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in (tiny_regdb_root / folder).rglob('*.bmp')]
        assert len({image.tobytes() for image in images}) == 48
        for image in images:
            assert image.shape == (64, 32, 3) and image.dtype == np.uint8
            assert (image == image[..., :1]).all() == (kind == 'thermal')
            assert 15 < image.mean() < 240 and image.std() > 8


def test_same_bytes_for_any_number_of_workers(tiny_regdb_root, tmp_path):
    assert contents(generate_regdb(tmp_path / 'again', 'tiny', num_workers=3)) == contents(tiny_regdb_root)


def test_another_seed_is_another_data_set(tiny_regdb_root, tmp_path):
    other, mine = contents(generate_regdb(tmp_path / 'other', 'tiny', seed=1, num_workers=1)), contents(tiny_regdb_root)
    assert set(other) == set(mine)
    assert all(other[name] != mine[name] for name in mine if name.endswith(('.bmp', '.json')))
    assert other['idx/train_visible_1.txt'] != mine['idx/train_visible_1.txt']


def test_interrupted_run_is_completed_and_then_reused(tiny_regdb_root, tmp_path, monkeypatch, capsys):
    root, take = tmp_path / 'broken', RegDBLayout.take

    def run_out_of_disk(self, shot):
        if shot.pid == 7 and shot.camera != 201:
            raise OSError('no space left')
        return take(self, shot)

    monkeypatch.setattr(RegDBLayout, 'take', run_out_of_disk)
    with pytest.raises(OSError, match='no space'):
        generate_regdb(root, 'tiny', num_workers=1)
    monkeypatch.undo()
    assert not (root / MARKER).exists() and (root / 'Visible/7').exists() and not (root / 'Visible/8').exists()
    generate_regdb(root, 'tiny', num_workers=1)
    assert contents(root) == contents(tiny_regdb_root)
    generate_regdb(root, 'tiny', num_workers=1)
    assert 'reused' in capsys.readouterr().out


def test_other_data_are_refused_and_left_alone(tiny_regdb_root, tiny_root, tmp_path):
    before = contents(tiny_regdb_root)
    with pytest.raises(FileExistsError, match='layout regdb, preset tiny, seed 0'):
        generate_regdb(tiny_regdb_root, 'tiny', seed=7)
    for generate, root in ((generate_sysu, tiny_regdb_root), (generate_regdb, tiny_root)):
        with pytest.raises(FileExistsError, match='not a synthetic data set in this layout'):
            generate(root, 'tiny')
    assert contents(tiny_regdb_root) == before
    with pytest.raises(ValueError, match='seed'):
        generate_regdb(tmp_path / 'new', 'tiny', seed=-1)
    with pytest.raises(ValueError, match='tiny, small, full'):
        generate_regdb(tmp_path / 'new', 'huge')
    assert not (tmp_path / 'new').exists()


def first_hits(query, gallery):
    """Which gallery row correlates most with each query row."""
    query, gallery = (x - x.mean(axis=1, keepdims=True) for x in (query, gallery))
    norm = np.linalg.norm(query, axis=1)[:, None] * np.linalg.norm(gallery, axis=1)
    return (query @ gallery.T / norm).argmax(axis=1)


def test_neither_background_nor_raw_pixels_give_a_person_away(tiny_regdb_root, monkeypatch):
    """Four of 48 images are right by chance, 8 %; 48 queries a modality hit them 4 +- 2 times each."""

    def score(images):
        pixels = {
            camera: np.stack([cv2.resize(image, (16, 32)).mean(axis=2).ravel() for image in images[camera]])
            for camera in images
        }
        (visible, pids), (thermal, _) = ((pixels[camera], np.repeat(np.arange(12), 4)) for camera in images)
        return sum(
            int((pids[first_hits(query, gallery)] == pids).sum())
            for query, gallery in ((visible, thermal), (thermal, visible))
        )

    layout = RegDBLayout('tiny', 0)

    def all_images(load):
        images = {}
        for shots in layout.shots():
            for shot in shots:
                images.setdefault(shot.camera, []).append(load(shot))
        return images

    pixels = score(all_images(lambda shot: cv2.imread(str(tiny_regdb_root / shot.path))))
    monkeypatch.setattr(photograph, '_draw_person', lambda *args, **kwargs: None)
    empty = score(all_images(lambda shot: cv2.imdecode(np.frombuffer(layout.take(shot), np.uint8), cv2.IMREAD_COLOR)))
    assert empty <= 16  # of 96; 8 by chance, deviation 2.7
    assert pixels <= 32


def test_contact_sheet(tiny_regdb_root, tmp_path):
    sheet = cv2.imread(str(make_contact_sheet(tiny_regdb_root, tmp_path / 'sheet.png', pids=[1, 12], views=2)))
    assert sheet.shape[0] > 2 * 128 and 4 * 64 < sheet.shape[1] < 6 * 64
    shown = cv2.imread(str(tiny_regdb_root / 'Thermal/12/t_00002_12.bmp'))
    shown = cv2.resize(shown, (64, 128), interpolation=cv2.INTER_NEAREST)
    assert cv2.matchTemplate(sheet, shown, cv2.TM_SQDIFF).min() == 0
