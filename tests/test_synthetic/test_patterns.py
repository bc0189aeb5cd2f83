"""Compare each pattern with values computed by hand."""

from math import pi

import numpy as np
import pytest

from mmvireid.synthetic.patterns import Band, Checks, Dots, Face, Patch, Sash, Sector, Stripes

ANGLE, HEIGHT = np.array([0.0, 0.5, -0.5, 3.1]), np.array([0.01, 0.06, 0.11, 0.32])
RADIUS = np.full(4, 0.1)


@pytest.mark.parametrize(
    'pattern, expected',
    [
        (Stripes(0.1, 0.5), [True, False, True, True]),
        (Stripes(0.1, 0.4, pi / 2), [True, False, False, True]),
        (Checks(0.1), [False, False, True, False]),
        (Checks(0.1, grid=True), [True, False, True, True]),
        (Band(0.05, 0.11), [False, True, False, False]),
        (Sector(pi, 0.2), [False, False, False, True]),
        (Sector(0.5, 0.2, both=True), [False, True, True, False]),
        (Sector(0.5, 0.2, both=True, low=0.1), [False, False, True, False]),
        (Patch((0.0, 0.05), 0.2, 0.1), [True, True, False, False]),
        (Patch((0.0, 0.05), 0.2, 0.1, round=True), [True, True, False, False]),
        (Patch((0.0, 0.05), 0.2, 0.1, hollow=True), [True, False, False, False]),
        (Sash(1, shoulder=0.2, hip=0.0), [False, True, False, False]),
    ],
)
def test_patterns_by_hand(pattern, expected):
    np.testing.assert_array_equal(pattern.mask(ANGLE, RADIUS, HEIGHT), expected)


def test_dots_by_hand():
    np.testing.assert_array_equal(Dots(0.1, 0.3).mask(np.array([0.5]), np.array([0.1]), np.array([0.05])), [True])


def test_a_face_looks_to_the_front():
    angle = np.array([0.42, -0.42, 0.0, pi])
    height = np.array([0.012, 0.032, -0.046, 0.012])  # eye, brow, mouth, back of the head
    np.testing.assert_array_equal(Face(0.1).mask(angle, RADIUS, height), [True, True, True, False])
