"""Trees in SYSU-MM01's layout: files, lists, permutations and images."""

import json

import cv2
import numpy as np
from scipy.io import loadmat

from mmvireid.synthetic import GENERATOR_VERSION, plan_sysu
from mmvireid.synthetic.materials import Spectrum
from mmvireid.synthetic.sysu_cameras import CAMERAS

MARKER = 'exp/synthetic.json'


def test_files_follow_the_layout_of_sysu_mm01(tiny_root):
    expected = {f'exp/{name}' for name in ('train_id.txt', 'val_id.txt', 'test_id.txt', 'available_id.txt')}
    expected |= {'exp/rand_perm_cam.mat', MARKER}
    for plan in plan_sysu('tiny'):
        for camera, count in enumerate(plan.counts, start=1):
            expected |= {f'cam{camera}/{plan.pid:04d}/{index:04d}.jpg' for index in range(1, count + 1)}
    assert {path.relative_to(tiny_root).as_posix() for path in tiny_root.rglob('*') if path.is_file()} == expected


def test_each_list_is_one_comma_separated_line(tiny_root):
    lists = {}
    for name in ('train', 'val', 'test', 'available'):
        text = (tiny_root / 'exp' / f'{name}_id.txt').read_text()
        assert text.count('\n') == 1
        lists[name] = [int(pid) for pid in text.split(',')]
    assert [len(lists[name]) for name in ('train', 'val', 'test', 'available')] == [12, 4, 8, 24]
    assert sorted(lists['train'] + lists['val'] + lists['test']) == lists['available']


def test_the_marker_describes_the_folder(tiny_root):
    marker = json.loads((tiny_root / MARKER).read_text())
    assert (marker['layout'], marker['preset'], marker['seed']) == ('sysu', 'tiny', 0)
    assert marker['generator_version'] == GENERATOR_VERSION
    assert marker['identities'] == {'train': 12, 'val': 4, 'test': 8}
    assert marker['images'] == {f'cam{c}': len(list((tiny_root / f'cam{c}').rglob('*.jpg'))) for c in CAMERAS}


def test_permutations_have_the_structure_of_the_original_file(tiny_root):
    cameras = loadmat(tiny_root / 'exp' / 'rand_perm_cam.mat')['rand_perm_cam']
    assert cameras.shape == (6, 1) and cameras.dtype == object
    plans = {plan.pid: plan for plan in plan_sysu('tiny')}
    for camera in range(6):
        cells = cameras[camera, 0]
        assert cells.shape == (max(pid for pid, plan in plans.items() if plan.counts[camera]), 1)
        for pid, cell in enumerate(cells[:, 0], start=1):
            count = plans[pid].counts[camera]
            assert cell.shape == (10, count) and cell.dtype == np.uint8
            np.testing.assert_array_equal(np.sort(cell, axis=1), np.tile(np.arange(1, count + 1), (10, 1)))
    assert len({row.tobytes() for row in cameras[3, 0][2, 0]}) > 1  # the trials differ


def test_images_have_the_size_and_the_colors_of_their_camera(tiny_root):
    for number, camera in CAMERAS.items():
        for path in sorted((tiny_root / f'cam{number}').rglob('*.jpg'))[:12]:
            image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            assert image.shape == (64, 32, 3)
            gray = (image == image[..., :1]).all()
            assert gray == (camera.spectrum is Spectrum.NEAR_INFRARED)
            assert 15 < image.mean() < 240 and image.std() > 8


def test_generator_version_1_is_unchanged(tiny_root):
    """Compare with the mean colors (B, G, R) that version 1 drew; other colors need another version number."""
    mean_colors = {
        1: (94.5, 107.3, 113.8),
        2: (121.8, 124.0, 115.0),
        3: (134.2, 134.2, 134.2),
        4: (128.3, 138.4, 136.4),
        5: (78.3, 102.6, 89.4),
        6: (82.1, 82.1, 82.1),
    }
    assert GENERATOR_VERSION == 1
    for camera, color in mean_colors.items():
        image = cv2.imread(str(tiny_root / f'cam{camera}' / '0001' / '0001.jpg'))
        np.testing.assert_allclose(image.mean(axis=(0, 1)), color, atol=0.3)  # JPEG decoders may differ by this much


def test_the_permutation_file_does_not_hold_the_time(tiny_root):
    text = (tiny_root / 'exp' / 'rand_perm_cam.mat').read_bytes()[:116]
    assert text.rstrip() == b'MATLAB 5.0 MAT-file, permutations of a synthetic data set'
