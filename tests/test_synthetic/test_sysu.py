"""Written data sets: layout, determinism, completion, refusal."""

import json
import shutil

import cv2
import numpy as np
import pytest
from scipy.io import loadmat

from mmvireid.synthetic import GENERATOR_VERSION, generate_sysu, make_contact_sheet, plan_sysu
from mmvireid.synthetic.camera import empty_frame
from mmvireid.synthetic.materials import Spectrum
from mmvireid.synthetic.sysu_cameras import CAMERAS

MARKER = 'exp/synthetic.json'


def contents(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob('*')) if path.is_file()}


@pytest.fixture(scope='module')
def tiny(tmp_path_factory):
    return generate_sysu(tmp_path_factory.mktemp('synthetic') / 'tiny', 'tiny', seed=0, num_workers=1)


def test_layout_is_that_of_sysu_mm01(tiny):
    expected = {f'exp/{name}' for name in ('train_id.txt', 'val_id.txt', 'test_id.txt', 'available_id.txt')}
    expected |= {'exp/rand_perm_cam.mat', MARKER}
    for plan in plan_sysu('tiny'):
        for camera, count in enumerate(plan.counts, start=1):
            expected |= {f'cam{camera}/{plan.pid:04d}/{index:04d}.jpg' for index in range(1, count + 1)}
    assert set(contents(tiny)) == expected


def test_lists_are_one_comma_separated_line(tiny):
    lists = {}
    for name in ('train', 'val', 'test', 'available'):
        text = (tiny / 'exp' / f'{name}_id.txt').read_text()
        assert text.count('\n') == 1
        lists[name] = [int(pid) for pid in text.split(',')]
    assert [len(lists[name]) for name in ('train', 'val', 'test', 'available')] == [12, 4, 8, 24]
    assert sorted(lists['train'] + lists['val'] + lists['test']) == lists['available']


def test_marker_says_what_the_folder_holds(tiny):
    marker = json.loads((tiny / MARKER).read_text())
    assert (marker['layout'], marker['preset'], marker['seed']) == ('sysu', 'tiny', 0)
    assert marker['identities'] == {'train': 12, 'val': 4, 'test': 8}
    assert marker['images'] == {f'cam{c}': len(list((tiny / f'cam{c}').rglob('*.jpg'))) for c in CAMERAS}


def test_permutations_read_like_the_genuine_file(tiny):
    cameras = loadmat(tiny / 'exp' / 'rand_perm_cam.mat')['rand_perm_cam']
    assert cameras.shape == (6, 1) and cameras.dtype == object
    plans = {plan.pid: plan for plan in plan_sysu('tiny')}
    for camera in range(6):
        cells = cameras[camera, 0]
        assert cells.shape == (max(pid for pid, plan in plans.items() if plan.counts[camera]), 1)
        for pid, cell in enumerate(cells[:, 0], start=1):
            count = plans[pid].counts[camera]
            assert cell.shape == (10, count) and cell.dtype == np.uint8
            np.testing.assert_array_equal(np.sort(cell, axis=1), np.tile(np.arange(1, count + 1), (10, 1)))
    assert len({row.tobytes() for row in cameras[3, 0][2, 0]}) > 1  # trials differ


def test_images(tiny):
    for number, camera in CAMERAS.items():
        for path in sorted((tiny / f'cam{number}').rglob('*.jpg'))[:12]:
            image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            assert image.shape == (64, 32, 3)
            gray = (image == image[..., :1]).all()
            assert gray == (camera.spectrum is Spectrum.NEAR_INFRARED)
            assert 15 < image.mean() < 240 and image.std() > 8


def test_the_first_generator_version_is_kept(tiny):
    """Mean colors (B, G, R) of a few images as version 1 first drew them: other numbers need another version."""
    first_drawn = {
        1: (94.5, 107.3, 113.8),
        2: (121.8, 124.0, 115.0),
        3: (134.2, 134.2, 134.2),
        4: (128.3, 138.4, 136.4),
        5: (78.3, 102.6, 89.4),
        6: (82.1, 82.1, 82.1),
    }
    assert GENERATOR_VERSION == 1
    for camera, color in first_drawn.items():
        image = cv2.imread(str(tiny / f'cam{camera}' / '0001' / '0001.jpg'))
        np.testing.assert_allclose(image.mean(axis=(0, 1)), color, atol=0.3)  # what decoders may differ by


def test_same_bytes_for_any_number_of_workers(tiny, tmp_path):
    assert contents(generate_sysu(tmp_path / 'again', 'tiny', seed=0, num_workers=3)) == contents(tiny)


def test_another_seed_is_another_data_set(tiny, tmp_path):
    other = contents(generate_sysu(tmp_path / 'other', 'tiny', seed=1, num_workers=2))
    mine = contents(tiny)
    assert set(other) == set(mine)
    assert all(other[name] != mine[name] for name in mine if name.endswith(('.jpg', '.json', '.mat')))
    assert other['exp/train_id.txt'] == mine['exp/train_id.txt']


def test_finished_data_are_reused(tiny, capsys):
    before = {path: path.stat().st_mtime_ns for path in tiny.rglob('*')}
    generate_sysu(tiny, 'tiny', seed=0)
    assert 'reused' in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in tiny.rglob('*')} == before


def test_interrupted_run_is_completed(tiny, tmp_path, monkeypatch):
    root = tmp_path / 'broken'

    def run_out_of_disk(*args):
        raise OSError('no space left')

    monkeypatch.setattr('mmvireid.synthetic.sysu.SYSULayout.files', run_out_of_disk)
    with pytest.raises(OSError, match='no space'):
        generate_sysu(root, 'tiny', seed=0, num_workers=1)
    monkeypatch.undo()
    assert not (root / MARKER).exists()
    for path in sorted(root.rglob('*.jpg'))[::40]:
        path.unlink()
    generate_sysu(root, 'tiny', seed=0, num_workers=1)
    assert contents(root) == contents(tiny)


def test_lost_images_of_finished_data_are_made_again(tiny, tmp_path):
    root = tmp_path / 'copy'
    shutil.copytree(tiny, root)
    (root / 'cam4' / '0001' / '0001.jpg').unlink()
    generate_sysu(root, 'tiny', seed=0, num_workers=1)
    assert contents(root) == contents(tiny)


def test_foreign_folder_is_refused_and_left_alone(tmp_path):
    (tmp_path / 'thesis.txt').write_text('mine')
    with pytest.raises(FileExistsError, match='not a synthetic data set'):
        generate_sysu(tmp_path, 'tiny')
    assert contents(tmp_path) == {'thesis.txt': b'mine'}


def test_other_synthetic_data_are_refused(tiny):
    before = contents(tiny)
    with pytest.raises(FileExistsError, match='preset tiny, seed 0'):
        generate_sysu(tiny, 'tiny', seed=7)
    with pytest.raises(FileExistsError, match='preset tiny, seed 0'):
        generate_sysu(tiny, 'small', seed=0)
    assert contents(tiny) == before


def test_negative_seed_is_refused(tmp_path):
    with pytest.raises(ValueError, match='seed'):
        generate_sysu(tmp_path / 'new', 'tiny', seed=-1)


def test_cameras_two_and_three_share_a_place():
    """The same scene in two spectra: its structure correlates, that of another place does not."""

    def edges(number):
        frame = cv2.resize(empty_frame(CAMERAS[number], 0).mean(axis=2), (240, 135), interpolation=cv2.INTER_AREA)
        return np.hypot(cv2.Sobel(frame, cv2.CV_32F, 1, 0), cv2.Sobel(frame, cv2.CV_32F, 0, 1)).ravel()

    assert CAMERAS[2].place == CAMERAS[3].place
    shared = np.corrcoef(edges(2), edges(3))[0, 1]
    assert shared > 0.5
    assert all(np.corrcoef(edges(2), edges(number))[0, 1] < shared / 2 for number in (1, 4, 5, 6))


def test_contact_sheet(tiny, tmp_path):
    sheet = cv2.imread(str(make_contact_sheet(tiny, tmp_path / 'sheet.png', pids=[1, 2], views=2)))
    assert sheet.shape[0] > 2 * 128 and sheet.shape[1] > 6 * 2 * 64
    with pytest.raises(FileNotFoundError, match='no images'):
        make_contact_sheet(tmp_path, tmp_path / 'sheet.png', pids=[1])
