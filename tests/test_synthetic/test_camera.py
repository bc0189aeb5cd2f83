"""Frames of the cameras without people."""

import cv2
import numpy as np
import pytest

from mmvireid.synthetic.camera import empty_frame
from mmvireid.synthetic.materials import Spectrum
from mmvireid.synthetic.regdb_cameras import THERMAL, VISIBLE
from mmvireid.synthetic.sysu_cameras import CAMERAS


@pytest.mark.parametrize('camera', [*CAMERAS.values(), VISIBLE, THERMAL])
def test_a_frame_has_three_channels_in_color_and_one_otherwise(camera):
    frame = empty_frame(camera, 0)
    assert frame.shape == (540, 960, 3 if camera.spectrum is Spectrum.VISIBLE else 1)
    assert frame.dtype == np.float32 and np.isfinite(frame).all()


def test_sysu_cameras_two_and_three_share_a_place():
    """The edges of one place correlate between two spectra; the edges of two places do not correlate."""

    def edges(number):
        frame = cv2.resize(empty_frame(CAMERAS[number], 0).mean(axis=2), (240, 135), interpolation=cv2.INTER_AREA)
        return np.hypot(cv2.Sobel(frame, cv2.CV_32F, 1, 0), cv2.Sobel(frame, cv2.CV_32F, 0, 1)).ravel()

    assert CAMERAS[2].place == CAMERAS[3].place
    shared = np.corrcoef(edges(2), edges(3))[0, 1]
    assert shared > 0.5
    assert all(np.corrcoef(edges(2), edges(number))[0, 1] < shared / 2 for number in (1, 4, 5, 6))


def test_regdb_cameras_stand_side_by_side():
    for name in ('place', 'height', 'tilt', 'focal', 'reach', 'distances', 'headings'):
        assert getattr(VISIBLE, name) == getattr(THERMAL, name)


def test_a_point_on_the_optical_axis_projects_to_the_frame_center():
    camera = CAMERAS[1]
    z = camera.height / np.tan(np.radians(camera.tilt))  # the axis meets the floor here
    column, row, scale = camera.project(0.0, 0.0, z)
    assert (column, row) == pytest.approx((480, 270))
    assert scale == pytest.approx(camera.focal / np.hypot(z, camera.height))
