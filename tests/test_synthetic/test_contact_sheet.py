"""Draw contact sheets of both layouts."""

import cv2
import pytest

from mmvireid.synthetic import make_contact_sheet


def test_a_sheet_of_the_sysu_layout_has_a_block_per_camera(tiny_root, tmp_path):
    sheet = cv2.imread(str(make_contact_sheet(tiny_root, tmp_path / 'sheet.png', pids=[1, 2], views=2)))
    assert sheet.shape[0] > 2 * 128 and sheet.shape[1] > 6 * 2 * 64


def test_a_sheet_of_the_regdb_layout_shows_the_images(tiny_regdb_root, tmp_path):
    sheet = cv2.imread(str(make_contact_sheet(tiny_regdb_root, tmp_path / 'sheet.png', pids=[1, 12], views=2)))
    assert sheet.shape[0] > 2 * 128 and 4 * 64 < sheet.shape[1] < 6 * 64
    shown = cv2.imread(str(tiny_regdb_root / 'Thermal/12/t_00002_12.bmp'))
    shown = cv2.resize(shown, (64, 128), interpolation=cv2.INTER_NEAREST)
    assert cv2.matchTemplate(sheet, shown, cv2.TM_SQDIFF).min() == 0


def test_a_sheet_shows_eight_identities_by_default(tiny_root, tmp_path):
    sheet = cv2.imread(str(make_contact_sheet(tiny_root, tmp_path / 'sheet.png')))
    assert 8 * 128 < sheet.shape[0] < 9 * 128 and sheet.shape[1] > 6 * 3 * 64


def test_a_folder_without_images_and_an_unknown_format_are_refused(tiny_root, tmp_path):
    with pytest.raises(FileNotFoundError, match='no images'):
        make_contact_sheet(tmp_path, tmp_path / 'sheet.png', pids=[1])
    with pytest.raises(ValueError, match='names no format of pictures'):
        make_contact_sheet(tiny_root, tmp_path / 'sheet', pids=[1])
